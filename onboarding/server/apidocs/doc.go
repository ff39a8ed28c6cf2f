// Package apidocs serves the documentation of a deployment: an index at /docs, the API reference at
// /docs/api, guides at /docs/NAME, their assets under /docs/assets/, the OpenAPI document at
// /openapi.yaml, and the JSON Schema of a tenant file at /schema/tenant.json.
//
// All files are rendered once, by New, from templates/docs, templates/guides and the documents that
// other packages generate. Pages load nothing
// from other hosts.
//
// The API reference is Swagger UI. Compared on Onramp's own document were Scalar (4.9 MB, needs
// inline styles, has cloud services to turn off), RapiDoc (0.9 MB, script errors on this document,
// too wide for phones), OpenAPI Explorer (0.8 MB, leaves descriptions out on phones) and Redoc (2.3
// MB, sends no requests, has telemetry). Swagger UI (1.9 MB) is the one that renders the document
// completely on every width and works under a policy without 'unsafe-eval' and 'unsafe-inline'.
// Search in all texts, curl commands before a request is sent, and colours come from
// templates/docs/reference.js and reference.css. To update it, replace the files of
// templates/docs/swagger-ui and their SHA256SUMS, and run the tests of onboarding/server with
// Chromium.
package apidocs
