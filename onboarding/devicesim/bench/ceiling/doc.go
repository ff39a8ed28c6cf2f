// Package ceiling holds the small programs beside which package bench measures Onramp: each does
// the least that one of its figures needs, such as a bare signature, or one durable insert behind
// the same HTTP library. They run as processes of their own, so that both sides pay alike.
package ceiling
