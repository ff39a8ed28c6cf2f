// Package devicesim documents the simulated phone, an independent check of everything that Onramp
// generates. It has no code of its own; the parts are:
//
//   - [onramp/onboarding/devicesim/judge] and the packages below it decide whether a device
//     accepts a profile. They are the second opinion on package profiles.
//   - [onramp/onboarding/devicesim/journey] walks the portal and the API as a phone does, one
//     visitor or a crowd.
//   - [onramp/onboarding/devicesim/radio] authenticates with RADIUS through wpa_supplicant and
//     sends the accounting of a day in a venue.
//   - [onramp/onboarding/devicesim/bench] measures the real program beside its ceilings.
//
// The packages import nothing else of Onramp. A simulator that shared code with the generator could
// only confirm the generator's mistakes.
package devicesim
