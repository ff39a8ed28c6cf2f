package onboarding

import ()

// The systems by which customers come, for those of whom no request named one.
const (
	SystemApp    = "mobileapp"
	SystemPortal = "splashportal"
	SystemAPI    = "api"
	SystemKiosk  = "kiosk"
)

// System returns the system by which the customer came: the source that the request named, or else one that follows from the channel. The
// store orders contacts by the same.
func (c *Customer) System() string {
	switch {
	case c.Minimised():
		return ""
	case c.Source != "":
		return c.Source
	case c.Kiosk:
		return SystemKiosk
	case c.SignupMethod == ChannelApp:
		return SystemApp
	case c.SignupMethod == ChannelPortal:
		return SystemPortal
	}
	return string(c.SignupMethod)
}

// atKiosk reports whether an operator who fetches the customer's profile is a kiosk.
func (c *Customer) AtKiosk() bool { return c.SignupMethod == ChannelAPI && !c.Kiosk && !c.Minimised() }
