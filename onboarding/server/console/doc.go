// Package console serves the operator's pages: people, their connections, the access points, the
// keys and the settings of an organization.
//
// The pages are complete without script. Each page belongs to one organization, which its address
// names, and each act calls the use case that the API calls, with a caller of the session's role:
// permissions, limits and audit are the same.
//
// # Decisions
//
// An operator signs in by a link that the command `onramp console` prints. Reason: whoever can run
// the command holds the database already, so a password would add a secret and no protection.
//
// Single sign-on keeps its state in a sealed cookie. Reason: nothing is stored for callers who have
// not signed in, and any replica can complete it.
//
// The GET of a sign-in link shows a form, and the form's POST uses the link. Reason: mail programs
// and chats open links for previews.
//
// The page of the look has a preview instead of the sign-up page in a frame. Reason: the visitor's
// pages refuse to be framed, and the preview shows what is not saved yet.
//
// The overview shows the checks that the server has made in the background. Reason: no session can
// make the server ask other servers, however often it loads the page.
//
// The poster may be framed by this host, in a sandbox. Reason: the page of the poster shows it, and
// there is nothing to click in it.
//
// The ID of a new key is in its form. Reason: a form that is sent twice creates one key, although
// its secret cannot be shown again.
//
// The token of a form is derived from the session's token. Reason: it needs no state, and a form of
// an earlier session is refused.
package console
