# Upshot: build, try, test. "make demo" and "make test" are all a newcomer needs.
#
# One set of build flags everywhere: cgo keys its cache by them, and another
# set means minutes of compiling Fyne's OpenGL part again.
#   gles             OpenGL ES on Linux: compiles in a quarter of the time, looks the same
#   migrated_fynedo  Fyne's threading rules as we follow them
#   accessibility    what screen readers read; Fyne has it for Windows and macOS, not for Linux
#   -DNDEBUG         GLFW aborts without it when a window manager has died on the display
comma   := ,
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo 0.1.0-dev)
OS      := $(shell go env GOOS)
TAGS    := $(if $(filter linux,$(OS)),gles$(comma)migrated_fynedo,migrated_fynedo$(comma)accessibility)
EXE     := $(if $(filter windows,$(OS)),.exe,)
LDFLAGS := -X images-uploader.com/upshot/cmd/internal/cli.version=$(VERSION)
export CGO_CFLAGS := -O2 -g -DNDEBUG

# The race detector, but not within SQLite, which is one goroutine's at a time
# and many times slower with it.
RACE    := -race $(foreach p,sqlite/lib libc memory,-gcflags=modernc.org/$(p)=-race=false)

GOFUMPT     := go run mvdan.cc/gofumpt@v0.9.2
GOTESTSUM   := go run gotest.tools/gotestsum@v1.13.0
STATICCHECK := go run honnef.co/go/tools/cmd/staticcheck@v0.6.1

.PHONY: all
all: deps bin/upshot$(EXE) bin/upshot-gui$(EXE) ## build both programs into bin/

# Go knows best what is up to date; make only names the targets.
.PHONY: bin/upshot$(EXE) bin/upshot-gui$(EXE)
bin/upshot$(EXE):
	CGO_ENABLED=$(if $(filter darwin,$(OS)),1,0) go build -tags $(TAGS) -ldflags '$(LDFLAGS)' -o $@ ./cmd/upshot
bin/upshot-gui$(EXE):
	go build -tags $(TAGS) -ldflags '$(LDFLAGS)' -o $@ ./cmd/upshot-gui

.PHONY: deps
deps: ## install what building needs (Debian and Ubuntu; elsewhere it says what)
	@.ci/install build

.PHONY: demo
demo: all ## try it: a host of its own, a watched folder, the window; nothing is left behind
	@bin/upshot$(EXE) demo $(DEMO_FLAGS)

.PHONY: test
test: ## install what the tests need and run them all
	@.ci/install build test
	@$(MAKE) --no-print-directory lint portable
	@mkdir -p bin
	$(GOTESTSUM) --format pkgname-and-test-fails --jsonfile bin/tests.json -- $(RACE) -tags $(TAGS) -timeout 20m ./...
	@.ci/secrets bin/tests.json
	@$(MAKE) --no-print-directory fuzz FUZZTIME=2s

FUZZTIME ?= 30s

.PHONY: fuzz
fuzz: ## run every fuzz target for FUZZTIME
	@.ci/fuzz $(FUZZTIME) $(TAGS)

.PHONY: bench
bench: bin/upshot$(EXE) ## measure beside curl and inotifywait (GROUP=client|engine|store|watcher|burst|capture for one part)
	@.ci/install bench || [ "$$CI" != true ] # what is missing is said, and left out
	@go run -tags $(TAGS) ./cmd/internal/bench --upshot bin/upshot$(EXE) $(if $(GROUP),--group $(GROUP)) $(BENCH_FLAGS)

# The plain tests kill it 50 times. A failure tells its TORTURE_SEED.
TORTURE_ROUNDS ?= 500

.PHONY: torture
torture: ## kill the agent with -9 at 500 moments and look whether every file is kept
	TORTURE_ROUNDS=$(TORTURE_ROUNDS) go test -tags $(TAGS) -count 1 -timeout 60m -v -run 'Killed|Copies|EveryFault' ./cmd/internal/torture

.PHONY: lint
lint: ## gofumpt, go vet, staticcheck
	@out=$$($(GOFUMPT) -l .); if [ -n "$$out" ]; then echo "not in gofumpt's form (mend with make format):"; echo "$$out"; exit 1; fi
	go vet -tags $(TAGS) ./...
	$(STATICCHECK) -tags $(TAGS) ./...

.PHONY: format
format: ## bring all files into gofumpt's form
	$(GOFUMPT) -w .

# What must compile without C, and for the systems that are not this one.
.PHONY: portable
portable: ## check that the pure Go parts build for Linux and Windows and vet for macOS
	@mkdir -p bin/portable
	CGO_ENABLED=0 GOOS=linux   go build -tags gles,migrated_fynedo -o bin/portable/ ./cmd/upshot ./cmd/upshot-agent
	CGO_ENABLED=0 GOOS=windows go build -tags migrated_fynedo -o bin/portable/ ./cmd/upshot
	CGO_ENABLED=0 GOOS=windows go build -tags migrated_fynedo -ldflags -H=windowsgui -o bin/portable/ ./cmd/upshot-agent
	CGO_ENABLED=0 GOOS=windows go vet -tags migrated_fynedo ./client/... ./watcher/... ./platform/... ./icons/... ./cmd/internal/... ./gui/tray/...
	CGO_ENABLED=0 GOOS=darwin  go vet -tags migrated_fynedo ./client/... ./watcher/... ./platform/... ./icons/... ./cmd/internal/wire/...

.PHONY: screenshots
screenshots: all ## make the pictures of docs/screenshots anew: the real window on a desktop of its own
	@.ci/install build test
	go test -tags $(TAGS) -count 1 -timeout 20m ./cmd/internal/screens -args -into $(CURDIR)/docs/screenshots

.PHONY: windows-window
windows-window: ## the window for Windows, by mingw; its first build takes minutes
	CGO_ENABLED=1 GOOS=windows GOARCH=amd64 CC=x86_64-w64-mingw32-gcc \
	  go build -tags migrated_fynedo,accessibility -ldflags '$(LDFLAGS) -H=windowsgui' -o bin/upshot-gui.exe ./cmd/upshot-gui

PREFIX ?= /usr/local

.PHONY: install
install: all ## put it in place for everybody (PREFIX=/usr/local, DESTDIR= for packages)
	@packaging/install install bin "$(PREFIX)" "$(DESTDIR)"

.PHONY: uninstall
uninstall: ## take away what install has put there
	@packaging/install uninstall "$(PREFIX)" "$(DESTDIR)"

.PHONY: macos-app
macos-app: all ## lay out bin/Upshot.app; not tried on a Mac
	@packaging/macos-app bin bin "$(VERSION)"

.PHONY: clean
clean: ## remove what was built
	rm -rf bin

.PHONY: help
help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 18
