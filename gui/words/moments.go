package words

import (
	"regexp"
	"sync"
)

// moment is a sentence with something of the moment in it.
type moment struct {
	is    *regexp.Regexp
	key   string
	names []string
	many  bool // key has forms, and what is found is a number
}

// is makes one: each group of the expression is a name's.
func is(expression, key string, names ...string) moment {
	return moment{is: regexp.MustCompile("^" + expression + "$"), key: key, names: names}
}

// counts makes one whose only group is how many there are.
func counts(expression, key string) moment {
	m := is(expression, key)
	m.many = true
	return m
}

// What stands in quotes, as fmt's %q writes it, and a name of the settings file.
const (
	quoted  = `"((?:[^"\\]|\\.)*)"`
	setting = `([\w."-]+)`
)

// narrower is what is advised instead of a folder that holds too much.
const narrower = "name a folder in it, such as Pictures, or watch it without the folders below it"

// mustBe makes one about a value of the settings file.
func mustBe(what string) moment {
	return is(setting+` must be `+regexp.QuoteMeta(what), "{{.Name}} must be "+what, "Name")
}

// Sentences of other rooms that have something of the moment in them, in the
// order in which they are looked for.
var momentary = sync.OnceValue(func() []moment {
	return []moment{
		// Of uploader.Explain and the client.
		is(`Upload limit of the host until (.+)`, "Upload limit of the host until {{.Time}}", "Time"),
		is(`(.*); it is asked again at (.+)`, "{{.Hint}}; it is asked again at {{.Time}}", "Hint", "Time"),
		is(`it says "(.*)"; (.*)`, "it says “{{.Words}}”; {{.Hint}}", "Words", "Hint"),
		is(`it says "(.*)"`, "it says “{{.Words}}”", "Words"),
		is(`the host answered HTTP (\d+)`, "the host answered HTTP {{.Number}}", "Number"),
		is(`the host redirects to (\S+), which we do not follow`, "the host redirects to {{.Address}}, which we do not follow", "Address"),
		is(`the site has moved: its address is (\S+)`, "the site has moved: its address is {{.Address}}", "Address"),
		is(`the proxy cannot reach the host \(HTTP (\d+)\)`, "the proxy cannot reach the host (HTTP {{.Number}})", "Number"),
		is(`there is no host of the name (\S+)`, "there is no host of the name {{.Name}}", "Name"),
		is(`no connection within (\S+)`, "no connection within {{.Span}}", "Span"),
		is(`the address answered (\d[^;]*)`, "the address answered {{.Status}}", "Status"),
		is(`a tag is longer than (\d+) characters`, "a tag is longer than {{.Number}} characters", "Number"),
		is(`the picture is (\d+) pixels wide, it cannot be made (\d+) wide`,
			"the picture is {{.Number}} pixels wide, it cannot be made {{.Wish}} wide", "Number", "Wish"),
		is(`the host did not take over the tag (.+)`, "the host did not take over the tag {{.Name}}", "Name"),
		is(`the host will delete the file on (.+), which is not what was asked for`,
			"the host will delete the file on {{.When}}, which is not what was asked for", "When"),
		is(`nobody asked for it, but the host will delete the file on (.+) \(a default of the account\)`,
			"nobody asked for it, but the host will delete the file on {{.When}} (a default of the account)", "When"),
		is(`the host stored a width of (\d+) pixels instead of (\d+)`,
			"the host stored a width of {{.Number}} pixels instead of {{.Wish}}", "Number", "Wish"),

		is(`The file is larger than the host takes: (\S+ [kKMGT]B)`, "The file is larger than the host takes: {{.Size}}", "Size"),

		// Of folders that are not watched: first what stands before the why.
		is(`This folder is not watched: (.+)`, "This folder is not watched: {{.Reason}}", "Reason"),
		is(`(.+) is the whole computer; name the folder that your pictures are saved in`,
			"{{.Path}} is the whole computer; name the folder that your pictures are saved in", "Path"),
		is(`(.+) belongs to the system, and no pictures of yours are saved there; name the folder that they are saved in`,
			"{{.Path}} belongs to the system, and no pictures of yours are saved there; name the folder that they are saved in", "Path"),
		is(`(.+) holds all of your files, those that programs keep there too, and all pictures among them would be uploaded; `+narrower,
			"{{.Path}} holds all of your files, those that programs keep there too, and all pictures among them would be uploaded; "+narrower, "Path"),
		is(`(.+) holds the files of many people and programs, and all pictures among them would be uploaded; `+narrower,
			"{{.Path}} holds the files of many people and programs, and all pictures among them would be uploaded; "+narrower, "Path"),
		is(`the pattern `+quoted+` is not valid`, "the pattern “{{.Pattern}}” is not valid", "Pattern"),
		is(`the ignored directory `+quoted+` is not absolute`, "the ignored directory “{{.Path}}” is not absolute", "Path"),
		is(quoted+` are no kinds of files`, "“{{.Words}}” are no kinds of files", "Words"),
		is(`no file can be of the sizes (-?\d+) to (-?\d+)`, "no file can be of the sizes {{.Number}} to {{.Wish}}", "Number", "Wish"),

		// Of the engine and its notices.
		is(`(.+) is watched already`, "{{.Path}} is watched already", "Path"),
		is(`(.+) is Upshot's own directory, or where uploaded files go; choose another folder`,
			"{{.Path}} is Upshot's own directory, or where uploaded files go; choose another folder", "Path"),
		is(`(.+) is not a folder`, "{{.Path}} is not a folder", "Path"),
		is(`Uploaded files of (.+) could not be put away`, "Uploaded files of {{.Path}} could not be put away", "Path"),
		is(`it is kept as (.+); upload or remove it as you like`, "it is kept as {{.Path}}; upload or remove it as you like", "Path"),
		is(`(\d+) pictures were kept for uploads that are not in the queue any more`,
			"{{.Number}} pictures were kept for uploads that are not in the queue any more", "Number"),
		is(`they lie in (.+); upload or remove them as you like`, "they lie in {{.Path}}; upload or remove them as you like", "Path"),
		is(`The settings file has names that mean nothing: (.+)`, "The settings file has names that mean nothing: {{.Names}}", "Names"),
		is(`look for typing mistakes in (.+)`, "look for typing mistakes in {{.Path}}", "Path"),
		is(`The settings file could not be read \(line (\d+)\) and is kept as (.+)`,
			"The settings file could not be read (line {{.Number}}) and is kept as {{.Path}}", "Number", "Path"),
		is(`The settings file could not be read and is kept as (.+)`, "The settings file could not be read and is kept as {{.Path}}", "Path"),
		is(`(.+); correct it in (.+); until then (default settings are used|the last good settings are used)`,
			"{{.What}}; correct it in {{.Path}}; until then {{.Hint}}", "What", "Path", "Hint"),
		is(`(.+); until then (default settings are used|the last good settings are used)`,
			"{{.Reason}}; until then {{.Hint}}", "Reason", "Hint"),
		is(`The settings file as you wrote it is kept as (.+)`, "The settings file as you wrote it is kept as {{.Path}}", "Path"),
		is(`The settings from before their file was removed are kept as (.+)`,
			"The settings from before their file was removed are kept as {{.Path}}", "Path"),
		is(`The settings file (.+) cannot be read: (.+)`, "The settings file {{.Path}} cannot be read: {{.Reason}}", "Path", "Reason"),
		is(`they are written into it when a setting is changed; to begin anew, remove (.+)`,
			"they are written into it when a setting is changed; to begin anew, remove {{.Path}}", "Path"),
		is(`to have your settings back, rename (.+) to (.+); to have this said no more, remove that file`,
			"to have your settings back, rename {{.From}} to {{.Path}}; to have this said no more, remove that file", "From", "Path"),
		is(`keys do not belong into that file: take it out of (.+), and give it with: upshot account key NAME`,
			"keys do not belong into that file: take it out of {{.Path}}, and give it with: upshot account key NAME", "Path"),
		is(`The settings file has values that cannot be used: (.+)`, "The settings file has values that cannot be used: {{.What}}", "What"),
		is(`correct them in (.+); until then they are not used`, "correct them in {{.Path}}; until then they are not used", "Path"),
		is(`the settings cannot be kept in (.+): (.+)`, "the settings cannot be kept in {{.Path}}: {{.What}}", "Path", "What"),

		// What is wrong with the settings file.
		is(`line (\d+): (.+)`, "line {{.Number}}: {{.What}}", "Number", "What"),
		is(`after `+setting+`: (.+)`, "after {{.Name}}: {{.What}}", "Name", "What"),
		is(`write \[\[(\w+)\]\], in double brackets`, "write [[{{.Name}}]], in double brackets", "Name"),
		is(setting+` must be a table: \[.+\] in a line of its own, its values below`,
			"{{.Name}} must be a table: [{{.Name}}] in a line of its own, its values below", "Name"),
		is(setting+` stands there twice`, "{{.Name}} stands there twice", "Name"),
		is(`expected value but found (.+) instead`, "a value is expected, but there is {{.Found}}", "Found"),
		is(`expected '\.' or '=', but got (.+) instead`, "an equals sign is expected, but there is {{.Found}}", "Found"),
		is(`unexpected EOF.*`, "something is not ended there"),
		mustBe("a whole number, without quotes"),
		mustBe("a number, without quotes"),
		mustBe("a text in quotes"),
		mustBe("true or false, without quotes"),
		mustBe("a list in brackets"),
		mustBe(`a time such as "1.5s", in quotes`),
		mustBe(`a time such as "1.5s"`),
		mustBe("from 1 to 8, or 0 for the default"),
		mustBe("a number of days, or 0 for all"),
		mustBe("a number of uploads, or 0 for all"),
		mustBe("from 0s to 1h"),
		mustBe("a kind of link, such as direct or markdown"),
		is(`two accounts are called `+quoted+`, of which the first is used`, "two accounts are called “{{.Name}}”, of which the first is used", "Name"),
		is(`default names no account: `+quoted, "default names no account: “{{.Name}}”", "Name"),
		is(`there is no account `+quoted, "there is no account “{{.Name}}”", "Name"),
		is(`folder `+quoted+` stands there twice, and the first is used`, "folder “{{.Path}}” stands there twice, and the first is used", "Path"),
		is(`account `+quoted+`: (.+)`, "account “{{.Name}}”: {{.What}}", "Name", "What"),
		is(`folder `+quoted+`: (.+)`, "folder “{{.Path}}”: {{.What}}", "Path", "What"),
		counts(`and (\d+) more`, "and_more"), // of what is wrong

		is(`The hotkey (\S+) \((.+)\) does not work`, "The hotkey {{.Keys}} ({{.Title}}) does not work", "Keys", "Title"),
		is(`another program has this key combination; choose another: (.+)`,
			"another program has this key combination; choose another: {{.Command}}", "Command"),
		is(`The queue (.+) lies on a drive that cannot keep its log, such as a network drive\. It is slower there and not safe when the network breaks\. Move it to a drive of this computer`,
			"The queue {{.Path}} lies on a drive that cannot keep its log, such as a network drive. It is slower there and not safe when the network breaks. Move it to a drive of this computer", "Path"),

		// Of the queue, when it was damaged.
		counts(`(\d+) jobs? could be read from it`, "jobs_saved"),
		counts(`(\d+) jobs? could be read from it, some perhaps not`, "jobs_saved_perhaps"),
		counts(`(\d+) jobs? may have been uploaded already: look at them and release or cancel them`, "jobs_unsure"),
		is(`The damaged file is kept as (.+)`, "The damaged file is kept as {{.Path}}", "Path"),

		// Of the watcher: folders, then files.
		is(`The folder cannot be read: (.+)\. It is tried again`, "The folder cannot be read: {{.Reason}}. It is tried again", "Reason"),
		is(`Looked through every (\S+): (.+)`, "Looked through every {{.Span}}: {{.Reason}}", "Span", "Reason"),
		is(`This is (.+), so it is also looked through every (.+)`,
			"This is {{.Kind}}, so it is also looked through every {{.Span}}", "Kind", "Span"),
		is(`no picture or video \(\.(.+)\)`, "no picture or video (.{{.Ending}})", "Ending"),
		is(`image hosts of this kind do not take \.(.+) files`, "image hosts of this kind do not take .{{.Ending}} files", "Ending"),
		is(`left out by the pattern (.+)`, "left out by the pattern {{.Pattern}}", "Pattern"),
		is(`only pictures are taken from this folder`, "only pictures are taken from this folder"),
		is(`only videos are taken from this folder`, "only videos are taken from this folder"),
		is(`temporary (?:name|directory) \((.+)\); .+ when it gets its final name`,
			"a temporary name ({{.Name}}); taken when it gets its final one", "Name"),
		is(`it is larger than the (\S+ [kKMGT]B) that this folder allows`,
			"it is larger than the {{.Size}} that this folder allows", "Size"),
		is(`it is smaller than the (\S+ [kKMGT]B) that this folder asks for`,
			"it is smaller than the {{.Size}} that this folder asks for", "Size"),
		is(`it is larger than the (\d+) bytes that this folder allows`,
			"it is larger than the {{.Number}} bytes that this folder allows", "Number"),
		is(`it is smaller than the (\d+) bytes that this folder asks for`,
			"it is smaller than the {{.Number}} bytes that this folder asks for", "Number"),
		is(`its content is (.+), which image hosts of this kind do not take`,
			"its content is {{.Kind}}, which image hosts of this kind do not take", "Kind"),
		is(`the (PNG|JPEG|GIF|WebP|WebM|BMP) (?:ends|is shorter)\b.*`, "the {{.Kind}} ends too early", "Kind"),
		is(`the video or picture ends within .+`, "the video or picture ends too early"),
		is(`(?:a part|the header|its header)\b.* damaged or not written yet`, "a part of it is damaged or not written yet"),
		is(`the (?:PNG|JPEG|GIF|WebP|WebM|AVIF|video) has no .+`, "it has no picture data yet"),
		is(`its index \(\w+\) is not there yet.*`, "its index is not there yet; a recording writes it at the end"),
		is(`(.+) has not ended its download \((.+) is there\)`, "{{.Name}} has not ended its download ({{.File}} is there)", "Name", "File"),
	}
})
