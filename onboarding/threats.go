// # Threat model
//
// # Assets
//
//   - Wi-Fi passwords: who holds one joins the venue's network as its customer.
//   - Personal data: contacts, consents, connections, the places and times of visits, identity
//     documents.
//   - Signing keys of profiles: a signed profile changes the Wi-Fi settings of a phone.
//   - The trust of phones in a RADIUS server: a wrong anchor or name sends passwords to a stranger.
//   - Client keys and their tokens, RADIUS secrets, the secret of FreeRADIUS's requests, the master
//     key.
//   - The consent ledger and the audit log, which are evidence.
//   - The availability of sign-up and authentication: without them a venue has no network.
//
// # Actors
//
//   - A visitor without a login: reaches the pages, the links, and each address of the public
//     listener.
//   - An app: holds a publicApp key, which anyone can read out of the app. The key proves nothing
//     about a customer; a guid or the token that created the customer does.
//   - The holder of a lost or stolen phone: has a profile, a password, guids and perhaps an open
//     link.
//   - A manager of one tenant: may read and change that tenant, and nothing of another. A
//     locationManager is held to the people of one location, and support to reading, links and
//     unlocking.
//   - An access point: knows one RADIUS secret; may send any attribute and any record.
//   - A reader of the air or of the network between phone, access point and server.
//   - A reader of the database, of a backup, or of a log, without the master key.
//   - A writer of the database without the master key.
//   - An operator with the data folder: trusted. What such a person does is recorded, and a removed
//     record is found with a head of the audit log that is kept elsewhere.
//
// # Attacks by visitors and apps
//
//   - Forge, keep or steal a self-service link, send its forms from another site or from another
//     customer's page, or act by it on a locked customer. It lives for a day and one password,
//     shows no name, and asks before it deletes. TestSelfServiceAttacks, TestSelfServiceLost,
//     TestSelfServiceDelete
//   - Learn by a request for a self-service link who is a customer, have it sent to an address that
//     is not verified or to another tenant's customer, or use a link that was mailed out of a
//     preview, twice, or after a newer one. Answer and work are the same for every address, and the
//     sender drops the message to an unknown one. TestReturn, TestReturnStrangers,
//     TestReturnFlood, TestSelfLinkWork, TestSelfLinkRace, TestSelfLinkOfOthers
//   - Guess, repeat or preview a sign-in link of the console, or use its cookie from another
//     browser, after the sign-out or the end of its session. Links and sessions are 131 and 256
//     random bits, stored as hashes, and limited. TestConsoleSignIn, TestConsoleSignInRace,
//     TestConsoleSession, TestConsoleGuesses
//   - Sign in to the console by a forged, foreign, old or repeated answer of the OpenID provider,
//     by another browser's, or with a role that the provider did not give; have the browser led
//     elsewhere; stop the server by stopping the provider. State, nonce and PKCE are in a sealed
//     cookie of ten minutes, and the ID token is verified. TestConsoleSignOnAttacks,
//     TestConsoleSignOnRoles, TestConsoleSignOnRedirect, TestConsoleSignOnGuesses,
//     TestConsoleSignOnCookie, TestConsoleSignOnDown
//   - Send a form of the console from another site, another session or an older page; reach another
//     tenant by an address or a form; run code by a name in a page or in an exported file.
//     TestConsoleForms, TestConsoleOrganizations, TestConsolePerson, TestConsoleCSV, TestHarmless
//   - Read a RADIUS secret from the console's page about the network, or run code by a value in it.
//     TestConsoleNetwork
//   - Put code into the pages by a logo or a text of the console's page of the look, or change by
//     it more than the look, or another tenant's. TestConsoleLookLogo, TestConsoleLookMarkup,
//     TestConsoleLookUpload, TestConsoleLookOthers
//   - Have certificates ordered by handshakes for other names, or read their keys out of the
//     database. Orders are for configured domains alone; keys are sealed. TestReplicas, TestACME
//   - Bring back secrets or access points, or weaken the rules of apply, by restoring an earlier
//     version of the look, or restore another tenant's. TestConsoleLookRestore
//   - Learn from the health or the poster about other tenants or the server's files, or make the
//     server run its checks or send requests by loading a page. TestConsoleHealth, TestWatch,
//     TestConsolePosterErrors, TestConsolePosterLocation
//   - Use the link of a renewal notice out of a forwarded mail, an old archive or a preview.
//     Opening it changes nothing, it renews once, ends with the password and the access, and leads
//     to the profile alone. TestRenewPage, TestRenewByNotice, TestNoticeAndConsent
//   - Accept a policy that was replaced while its page was open, for another customer, or from
//     another site; regain a withdrawn access by a rotation. TestReconsentPage, TestReconsent,
//     TestWithdrawMandatory
//   - Fill the database by views of the sign-up page. A view raises one of a limited number of
//     counters in memory, which are written together. It may make the counts of views wrong.
//     TestPageViews
//   - Use another customer's ID. A customer's routes demand a proof, and a missing customer gets
//     the same answer as another one's. TestProof, TestAccessTable
//   - Use another tenant's ID, key or cursor. Each query names the tenant of the token.
//     TestAccessTable, TestScroll, TestTakenByAnother
//   - See or change another location's people with a locationManager's key, or change people with a
//     support key. The use cases treat them as missing, and the route table holds the roles.
//     TestAccessTable, TestLocationManagerLists, TestLocationManagerWrites,
//     TestLocationManagerStatistics
//   - Forge, alter or repeat a token. One algorithm, strict encoding, the deployment as issuer, and
//     a revocation that each request reads. TestForged, TestEveryBitCounts, TestRevocationElsewhere
//   - Use a leaked key of tokens or cursors. `onramp rekey` changes it without a refused call, and
//     ends the former one. TestRekey, TestForgetSecret, TestRekeyUnderLoad, TestRekeyClocks
//   - Use a leaked secret of FreeRADIUS's requests. `onramp rekey aaa` changes it without a refused
//     request, and ends the former one, also that of the files. TestAAASecret,
//     TestForgetAAASecret, TestRekeyAAA
//   - Use a leaked RADIUS secret. `onramp rekey radius` changes it in one access point after the
//     other. TestRekeyRADIUS, TestCommonSecrets
//   - Guess a client secret, a password, a resume code or a guid. Secrets are random or refused as
//     common, compared in constant time, and guesses are limited by name and address; a right
//     secret is never refused by a limit. TestCompareSecret, TestFoundF7Codes, TestFoundF7Secrets,
//     TestFoundF12Guesses, TestFoundF6
//   - Run a script or load anything by a venue's logo, or read another page's data by it. Logos are
//     written anew from an allow-list, and are served under a policy that allows nothing.
//     TestHostileLogos, FuzzLogo, TestLogo
//   - Lead visitors elsewhere by the parameters of an access controller, or read a link where the
//     controller is asked over http. Requests go to the tenant's hosts and documented paths only,
//     by a policy for that one page, and name no visitor; a call of this server follows no redirect
//     and bounds time, number and answer; no text of the controller's answer is
//     shown. FuzzHost, TestGrantRefused, TestGrantLink, TestGrantResult,
//     TestRefusals, TestPlaces, TestGrantUniFi
//   - Pose as a venue by a look-alike address, or as a part of the server. Slugs are ASCII, belong
//     to one organization, and no address of the server is free. TestUnknownSlugs,
//     TestReservedSlugs
//   - Learn who is a customer from answers, their times, or the state of a limit. The limit is
//     charged before the search, and the answer does not depend on the result.
//     TestFoundF5, TestDeduplicationAttack, TestRefusedRegistrationsAreLookups
//   - Take over a customer by an e-mail address or a phone number of the victim. Only verified or
//     proven attributes identify. TestFoundF4, TestDeduplicationAttack
//   - Guess a code that proves an address, at speed, in parallel or from many addresses. Each code
//     has five tries over all replicas, each address 20 in any 24 hours, and each location a
//     budget. TestGuessRace, TestGuessesOfDay, TestMillionGuesses, TestVerificationGuesses,
//     TestVerificationRaces, TestAddressChangedMeanwhile, TestLimitAfterLink
//   - Use up the tries of somebody else, or fill a mailbox. A browser or an app that has verified
//     the address before is not limited by strangers, and codes to one mailbox are few.
//     TestGuessesOfDay, TestFlood, TestVerificationFlood, TestMailbox, TestKnownBrowserFlooded,
//     TestKnownAtLocation, TestKnownCookieOverTLS
//   - Fill the database with sign-ups. Each is bounded, and their number as well. TestSizeOfSignUp
//   - Sign up with another person's address and wait for a careless confirmation, or use the code
//     or the link of another sign-up. A code proves one sign-up, a link serves one browser, and a
//     preview uses nothing up. TestSwappedSessions, TestLink, TestRaceOfOneAddress,
//     TestVerificationStrangers
//   - Prove one address and change it, add a header, or smuggle fields into a form.
//     TestChangeAddress, TestBadForms, TestSmuggledFields, TestVerificationOfChanged
//   - Become an existing customer by an unproven address, or get around a lock. Only an address
//     that Onramp itself has verified leads to its customer. TestReturningVisitor,
//     TestVerificationOfHolder
//   - Keep access with a lost phone. A rotation begins a generation: guids, tokens and links of the
//     earlier one end, and connections are disconnected. TestFoundF2, TestFoundF2Guids,
//     TestRotateEndsLinks, TestLockDisconnects
//   - Use a link twice, or more often than its hits. Hits are counted in the database.
//     TestHitRace, TestSecondFetch, TestEndedLinks
//   - Repeat a request with an Idempotency-Key of another caller. Keys belong to a client key, and
//     the first answer's secrets need the same guid. TestIdempotency, TestFoundF11
//   - Post a form from another site; redirect a visitor elsewhere. Form tickets are sealed, origins
//     are checked, and targets are declared by the tenant. TestFormsFromElsewhere,
//     TestHostileForms, FuzzTicket, TestRedirectAllowed, FuzzRedirectAllowed
//   - Inject markup or settings by a name. Each document is rendered by an engine that escapes for
//     its format, and judged by an independent parser. TestXMLTemplatesEscapeEverything,
//     TestTemplatesQuoteEverywhere, TestHostileTexts, TestFoundF12FormatCharacters
//   - Exhaust memory, storage or descriptors. Bodies, values, rows of a customer, open connections,
//     and requests in progress are bounded; rates are limited by address, location and key.
//     TestFoundF1Memory, TestFoundF1Bodies, TestFoundF3Caps, TestFoundF3Budgets, TestFoundF3Form,
//     TestFoundF12Descriptors, TestSlowBody, TestBusy, TestOverload, TestSlowClientsDoNotCount,
//     TestManyRequestsOfOneConnection
//   - Keep phones, or the customers of another organization, from being served by a burst of
//     downloads. As many signatures as cores are made at a time, in turns of the organizations;
//     FreeRADIUS does not wait for them. TestSigningBusy, TestFair, TestOverloadedServe
//   - Find a secret in a log, a metric, an error, a referrer or a cache. Logs have the pattern of
//     the route and IDs; answers with secrets are not cached. TestLogLine, TestPagesKeepQuiet,
//     TestInternalErrors, TestLabelsAreBounded, TestProfileHeaders, TestFoundF12Secrets
//   - Get a profile of a former password, or of another customer, from the memory for signed
//     profiles. Only the same unsigned document opens one. TestRepeatedDownload,
//     TestSignedCacheOpensForTheSameDocument
//   - Read the process by its profiles of pprof. They are for callers on the same machine, and
//     without the command line. TestProfiles
//   - Write to strangers in a venue's name, or inject headers into a mail. The texts hold nothing
//     that a visitor typed, and headers are encoded. TestRender, TestNames, TestSenderNames,
//     TestRefusals
//   - Have the mail server deliver to itself, within its network, or through another server. Mail
//     goes to mailboxes of public domains only. TestOddMailboxes
//   - Read a code on its way to the mail server. There is no connection without verified TLS,
//     except on the same machine. TestTLS, TestDoctorOfMessages
//   - Earn money with SMS to expensive numbers; fill the outbox. Countries, kinds of numbers,
//     messages to an address and of an organization are bounded. TestAllows, TestDrafts
//   - Claim an address by a header. Only declared proxies are believed. TestClientAddress
//
// # Attacks by access points and on the air
//
//   - Report connections or attempts of another person or tenant. An Access-Accept carries a sealed
//     Class and an opaque name; without one of them a record belongs to no person.
//     TestFoundF9, TestAttribution, TestWhyAttacks
//   - Follow a person over access points. Names differ by operator, and a Class by authentication.
//     TestFoundF9, TestFoundB8
//   - Flood authentications or accounting. Attempts are counted together and bounded in rows, and a
//     record that cannot be stored stops no other. TestFlood, TestFloodHidesNoConnection,
//     TestManyStrangers, TestFoundB2Refused
//   - Play the RADIUS server. Each profile pins an anchor and names, or is refused at apply.
//     TestFoundG1, TestFoundG3, TestForecastEqualsAir, TestUnprovenServer
//   - Forge a probe or its answer. TestForgedProbe, TestForgedAnswers, TestHostileServer
//
// # Attacks on stored data
//
//   - Read the database or a backup. Passwords, RADIUS secrets, keys and the numbers of identity
//     documents are sealed under the master key for their row; client secrets, guids and links are
//     hashes. TestBoxRefuses, TestSealedByEarlierVersion, TestSQLiteFileIsPrivate, TestDocuments,
//     TestFinishKilled
//   - Use a master key that leaked with a copy. `onramp rekey master` seals every value of the
//     database under another, and the database refuses the former one once it is forgotten. The
//     content of the copy stays readable. TestRekeyMasterWhileServing,
//     TestRekeyMasterOnSeveralMachines, TestChangeAndForget, TestRetirementWaitsForWriters,
//     TestReplicaLacksTheKey
//   - Hide a value from the change of the key, or from the drill of a backup. Both read one list of
//     sealed columns, which is compared with the schema. TestSealedPlacesAreComplete,
//     TestVerifyOpensEverySealedValue, TestRestoreOlderSchema
//   - Guess addresses and user names from the hashes in limits. The hashes are keyed.
//     TestLimitsDuringUpgrade, TestBudgetsMigration, TestErasure
//   - Restore an altered backup, or one of another site. Members, sizes and hashes are compared
//     before the database gets its name, and encrypted backups are authenticated; who can write an
//     unencrypted one can forge it. TestHostileArchives, TestEncryptedAlterations, TestBackup
//   - Bring deleted people back by a restore. The log of deletions is applied before the restored
//     database serves. TestFoundRestored, TestBackupRestored, TestBackupScripts
//   - Move a sealed value to another row. The row is authenticated with the value. TestBoxRefuses,
//     TestBoxLayout, TestSwapped
//   - Read a file of a deleted customer. Deleted rows and unused pages are overwritten.
//     TestFoundD, TestFoundDErased
//   - Find a deleted person in another table, or in a record that arrives later. Each table
//     declares what a deletion does to its rows. TestErasure, TestPortions
//   - Bring a deleted person back by an old copy. A log outside of the database repeats deletions
//     before a restored copy serves; its line is durable before the answer. TestFoundRestored,
//     TestDumpRestored, TestKilledDeletions, TestTombstonesDiskFull, TestStoppedWriter,
//     TestTwoProcesses
//   - Give a restore a log that was damaged, or that of another deployment, so that it erases too
//     little or the wrong people. Both are refused. TestTombstonesRefused, TestLines
//   - Keep data longer than promised, or have a wrong clock delete all of it. Records have periods,
//     and a run after a leap of the clock deletes nothing. TestRuns, TestClock, TestInterrupted
//   - Alter a backup, or have its restore write elsewhere. An altered encrypted one is refused, as
//     are paths out of the folder, and no file is replaced. TestEncryptedAlterations,
//     TestHostileArchives, TestPlaceFilesKeepsExisting, TestInterruptedRestore
//   - Change, swap, add or remove rows of the audit. They are chained by hash and authenticated; a
//     removed tail is found with a head that was kept elsewhere. TestTampering, TestTriggers,
//     TestRemovedTailByHead, TestReplicasChain
//   - Learn personal values from the audit. It holds keyed hashes of IDs and names of fields.
//     TestAuditHoldsNoValue, TestAuditedCommands
//   - Lose data by a kill, a full disk, a failing server or a wrong clock. An answer follows the
//     durable commit. TestCheckedSQLite, TestCheckedPostgres, TestCheckedUpgrade,
//     TestFoundF10DiskFull, TestPostgresUnknownOutcome, TestModel, TestCheckerFindsBrokenServer
//   - Read or change data and deny it. Every act has a row, written with the change or before the
//     answer, with its actor. TestAuditedRoutes, TestAuditedPages, TestAuditedCommands
//   - Fill the audit. Refused requests of a key are counted by minute, and equal reads of an app or
//     a visitor by hour. TestAuditRefusals, TestAuditedPages
//   - Start on lost data as if nothing had been stored. TestFoundF10Lost, TestFoundF10Removed
//
// # OWASP API Security Top 10 (2023)
//
//   - API1, object level authorization: the proof of a customer and the tenant in each query.
//     TestProof, TestAccessTable
//   - API2, authentication: package auth and use case access. TestForged, TestFoundF12Guesses,
//     FuzzVerify
//   - API3, property level authorization: an app's claims are stored as claims, a password is shown
//     with a proof only, unknown members change nothing. TestFoundF4, TestFoundF11, TestEveryMember
//   - API4, resource consumption: limits and bounds, with their settings in the README.
//     TestFoundF1Memory, TestFoundF3Budgets, TestFoundLimitsAreShared,
//     TestFoundVenueBehindOneAddress
//   - API5, function level authorization: one table of routes with the needed scope.
//     TestAccessTable, TestScopes, TestManagerRoutes
//   - API6, sensitive business flows: registrations have budgets by location, address and key, and
//     a form ticket is good for few. TestFoundF3Form, TestFoundF3Budgets
//   - API7, server side request forgery: the server requests no address that a caller names.
//     Disconnect-Requests go to access points only. TestLockDisconnects, TestPlaces
//   - API8, security configuration: development certificates and plain HTTP beyond loopback are
//     refused or warned of; headers forbid framing, scripts and referrers. TestServeRefuses,
//     TestFoundF12Exposure, TestFoundF12HSTS, TestPages
//   - API9, inventory: the OpenAPI document and the routes are compared. TestOpenAPIAndRoutes,
//     TestUnknownRoutes
//   - API10, consumption of other APIs: FreeRADIUS's requests need a secret, and its records are
//     parsed as hostile input. An SMS gateway's answers are bounded, and no redirect is followed.
//     TestAAA, TestBadAccounting, FuzzParseCalledStation, TestAnswers
//
// # What remains
//
//   - An operator with the master key reads everything sealed under it.
//   - A publicApp key is no secret: limits bound its holder, and nothing else does.
//   - A station's address is chosen by the phone. It attributes failed handshakes only, within one
//     tenant, and marks them so.
//   - A restore brings back the opt-ins at the time of the copy, except the refusal of the
//     processing of personal data. Who holds the log and a customer's ID can test whether it was
//     deleted.
//   - The key that authenticates the audit is sealed under the master key: who holds both can
//     write a consistent audit, except before a head that was kept elsewhere.
//   - A phone with an unlocked profile gives its password to any reader of its storage; rotate it.
package onboarding
