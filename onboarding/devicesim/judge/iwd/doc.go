// Package iwd judges tar archives of iwd's provisioning files (iwd.network), as the settings parser
// of its library ell reads them.
package iwd
