// Package identity stores the numbers of customers' identity documents sealed, and seals those that
// the version before stored in clear.
//
// # Decisions
//
// A whole document is sealed, its type included, for a purpose that names the customer: a sealed
// document copied to another row does not open. No number is searched or compared by anything, so
// that no hash of it is stored either.
//
// The setting onboarding.SettingDocuments selects the form that is written. Every transaction that
// writes a document reads it, and Finish sets it before it seals the stored documents. A document
// in clear can therefore not be added behind Finish, whatever the number of replicas.
package identity

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"

	"onramp/onboarding"
)

// Config holds the dependencies of Documents; all are required.
type Config struct {
	Store   onboarding.Writer
	Sealer  *onboarding.Sealer
	Auditor *onboarding.Auditor
}

// Documents reads and writes the identity documents of customers. Its methods are safe for
// concurrent use.
type Documents struct {
	store   onboarding.Writer
	sealer  *onboarding.Sealer
	auditor *onboarding.Auditor
	sealed  atomic.Bool // the setting was read; it never returns to the former form
}

// New returns the use case.
func New(c Config) *Documents {
	return &Documents{store: c.Store, sealer: c.Sealer, auditor: c.Auditor}
}

// Of returns the customer's document; the zero value if there is none.
func (d *Documents) Of(c *onboarding.Customer) (onboarding.Document, error) {
	stored := &c.Document
	if stored.Clear != (onboarding.Document{}) || stored.IsZero() {
		return stored.Clear, nil
	}
	var document onboarding.Document
	plain, err := d.sealer.Open(stored.Sealed, onboarding.DocumentPurpose(c.ID))
	if err == nil {
		err = json.Unmarshal(plain, &document)
	}
	if err != nil {
		return onboarding.Document{}, fmt.Errorf("document of customer %s: %w", c.ID, err)
	}
	return document, nil
}

// Set sets the customer's document in the form in which the deployment stores documents. The caller
// writes the customer in the same transaction.
func (d *Documents) Set(
	ctx context.Context, tx onboarding.DocumentWriter, c *onboarding.Customer, document onboarding.Document,
) error {
	c.Document = onboarding.StoredDocument{}
	if document == (onboarding.Document{}) {
		return nil
	}
	if !d.sealed.Load() {
		form, err := tx.DocumentsForm(ctx)
		if err != nil {
			return err
		}
		if form == "" {
			c.Document.Clear = document
			return nil
		}
		d.sealed.Store(true)
	}
	sealed, err := d.seal(c.ID, document)
	c.Document.Sealed = sealed
	return err
}

func (d *Documents) seal(customerID string, document onboarding.Document) (onboarding.Sealed, error) {
	plain, err := json.Marshal(document)
	if err != nil {
		return onboarding.Sealed{}, err
	}
	return d.sealer.Seal(plain, onboarding.DocumentPurpose(customerID)), nil
}
