package onboarding

import "context"

// DeletionWriter deletes a customer to whom much belongs, portion by portion: others who write wait for one portion only.
type DeletionWriter interface {
	// Bloated reports whether more rows of one kind belong to the customer than one transaction should delete.
	Bloated(ctx context.Context, customerID string, most int) (bool, error)
	// RetireCustomer takes from the customer everything by which it is found, shown or let in. The row stays, of no organization, for
	// DeletePortion; alias becomes its user name, so that whoever goes on after a restart knows it.
	RetireCustomer(ctx context.Context, organizationID, id, alias string) error
	// DeletePortion deletes up to so many rows of each kind of a retired customer's, or takes from them whose they were. It reports whether
	// DeleteCustomer, with an empty organization, will find no more than that.
	DeletePortion(ctx context.Context, r RetiredCustomer, rows int) (last bool, err error)
	// RetiredCustomers returns up to limit of those whose deletion is under way.
	RetiredCustomers(ctx context.Context, limit int) ([]RetiredCustomer, error)
}

// RetiredCustomer is a customer whose deletion is under way. Alias takes the customer's place in the ledger of consents.
type RetiredCustomer struct{ ID, Alias string }
