// Package marker makes of a file another file that shows the same: it puts a
// mark into the metadata and touches no pixel. A host that compares checksums
// then takes it as new. It is for the person who was told "duplicate" after an
// answer was lost, and wants a link after all.
//
// PNG, JPEG, GIF, WebP, MP4 and MOV take a mark:
//
//	PNG   a tEXt chunk "Comment" before IEND
//	JPEG  a comment behind the application data and comments at the front,
//	      so that JFIF and EXIF stay first
//	GIF   a comment before the trailer; 87a has none, so it becomes 89a
//	WebP  a chunk "mark" at the end, which readers must skip
//	MP4   a free box at the end, or before the index mfra that must stay last
//
// What a real Chevereto does with it: it compares the MD5 of the file as it
// came, so that the mark always passes that check. A JPEG with an orientation
// in its EXIF data is then turned, saved and compared once more. ImageMagick
// keeps the last comment of a JPEG and the mark comes last, so it passes this
// check too; but a site that drops EXIF data, or that works with PHP's GD,
// drops all comments as well and says "duplicate" to such a JPEG again.
//
// It imports the standard library only, starts no goroutine and writes no
// file. Its memory does not grow with the file.
package marker
