package server

import "onramp/onboarding/server/web"

func (s *Server) stamp() web.Stamp { return web.StampAt(s.clock()) }

// contactsStamp returns the stamp of the Contacts routes, whose times are in whole seconds.
func (s *Server) contactsStamp() web.Stamp {
	return web.Stamp{Status: "OK", Generated: s.generatedSecond()}
}

// generated returns the time of an answer in the form of the mobile SDK's routes.
func (s *Server) generated() web.Timestamp { return web.Millis(s.clock()) }

// generatedSecond returns the time of an answer in the form of the Contacts routes.
func (s *Server) generatedSecond() web.Timestamp { return web.Seconds(s.clock()) }

// each maps a list to its form on the wire; the result is never nil.
func each[T, W any](list []T, wire func(T) W) []W {
	all := make([]W, len(list))
	for i := range list {
		all[i] = wire(list[i])
	}
	return all
}
