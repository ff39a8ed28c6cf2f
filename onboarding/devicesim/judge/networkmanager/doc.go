// Package networkmanager judges keyfiles as NetworkManager does when it loads a connection. The
// format is that of nm-settings-keyfile(5).
package networkmanager
