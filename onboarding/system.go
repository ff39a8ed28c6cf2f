package onboarding

// The systems of registration, for customers whose request named none.
const (
	SystemApp    = "mobileapp"
	SystemPortal = "splashportal"
	SystemAPI    = "api"
	SystemKiosk  = "kiosk"
)

// System returns the system that registered the customer: the source named by the request, or
// else one derived from the channel. The store orders contacts by the same value.
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

// AtKiosk reports whether a profile of this customer fetched by an operator is fetched at a
// kiosk.
func (c *Customer) AtKiosk() bool { return c.SignupMethod == ChannelAPI && !c.Kiosk && !c.Minimised() }
