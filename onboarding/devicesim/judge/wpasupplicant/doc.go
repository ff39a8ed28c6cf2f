// Package wpasupplicant judges configuration files of wpa_supplicant 2.10, as its config_file.c
// parses them. The program reads the whole file or, after one invalid line, none of it.
package wpasupplicant
