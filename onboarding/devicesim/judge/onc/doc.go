// Package onc judges ONC files, the Open Network Configuration of ChromeOS, as Chromium documents
// it. An import by hand is silent: ChromeOS does not report the networks that it leaves out.
package onc
