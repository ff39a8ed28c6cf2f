// Package templates holds the text that people edit, embedded into the binary:
// one folder for each kind, and one file here that embeds it. A template never
// escapes anything itself: the engine that renders it escapes for the format of
// that folder, so that forgetting is impossible.
package templates
