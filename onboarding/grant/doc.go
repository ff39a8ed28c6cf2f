// Package grant holds the pure rules of opening a visitor's internet access at an access
// controller: which parameters of the controller's redirect are kept, and the request that the
// visitor's browser then sends to the controller's login address.
//
// The request goes to a host of the tenant's list only, whatever the parameters hold, because
// anybody can write an address of the sign-up page. Where a controller documents the path of its
// login address, only that path is accepted.
//
// The address to which the controller leads back holds no activation link: controllers are often
// reached over http in an open Wi-Fi, where everybody can read it.
package grant
