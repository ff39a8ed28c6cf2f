// Package platforms selects the checks of a platform by name and runs them on a file.
package platforms
