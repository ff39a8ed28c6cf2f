package history

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"
)

// Report is the result of a check.
type Report struct {
	Operations, Customers, Unknown int
	Violations                     []Violation
}

// Violation is the history of a customer that no order of the requests explains.
type Violation struct {
	Customer   string
	Operations []Operation
	Undecided  bool // no order was found in time
}

// perCustomer limits the time for the check of one customer.
const perCustomer = time.Minute

// Check checks the operations of each customer. Those of unknown outcome must be settled.
func Check(operations []Operation) Report {
	report := Report{Operations: len(operations)}
	customers := map[string][]Operation{}
	for _, o := range operations {
		if o.Response.Outcome == Unknown {
			report.Unknown++
		}
		customers[o.Customer] = append(customers[o.Customer], o)
	}
	report.Customers = len(customers)
	next := make(chan string)
	var workers sync.WaitGroup
	var mu sync.Mutex
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for name := range next {
				if v, found := checkCustomer(name, customers[name]); found {
					mu.Lock()
					report.Violations = append(report.Violations, v)
					mu.Unlock()
				}
			}
		})
	}
	for name := range customers {
		next <- name
	}
	close(next)
	workers.Wait()
	slices.SortFunc(report.Violations, func(a, b Violation) int { return strings.Compare(a.Customer, b.Customer) })
	return report
}

func checkCustomer(name string, operations []Operation) (Violation, bool) {
	var checked []porcupine.Operation
	for _, o := range operations {
		if o.Response.Outcome == Unknown && !o.Request.Action.changes() {
			continue // any order explains it
		}
		checked = append(checked, porcupine.Operation{
			ClientId: o.Client, Input: o.Request, Output: o.Response, Call: int64(o.Call), Return: int64(o.Return),
		})
	}
	result := porcupine.CheckOperationsTimeout(model, checked, perCustomer)
	slices.SortFunc(operations, func(a, b Operation) int { return int(a.Call - b.Call) })
	return Violation{Customer: name, Operations: operations, Undecided: result == porcupine.Unknown},
		result != porcupine.Ok
}

// String returns one line per operation, in the order of the calls.
func (v Violation) String() string {
	var b strings.Builder
	verdict := "no order of these requests explains the answers"
	if v.Undecided {
		verdict = "no order of these requests was found in time"
	}
	fmt.Fprintf(&b, "%s: %s\n", v.Customer, verdict)
	for _, o := range v.Operations {
		fmt.Fprintf(&b, "  %s\n", o)
	}
	return b.String()
}

// String returns the operation with its times in milliseconds.
func (o Operation) String() string {
	milliseconds := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	var b strings.Builder
	fmt.Fprintf(&b, "%9.1f to %9.1f, client %d: %s", milliseconds(o.Call), milliseconds(o.Return), o.Client,
		o.Request.Action)
	switch o.Request.Action {
	case Install, Start, Stop:
		fmt.Fprintf(&b, " %d", o.Request.Slot)
	case Consent:
		fmt.Fprintf(&b, " %t", o.Request.Accepted)
	}
	fmt.Fprintf(&b, ": %s", o.Response.Outcome)
	if o.Response.Outcome != Done {
		return b.String()
	}
	switch o.Request.Action {
	case Register:
		fmt.Fprintf(&b, " %s", o.Response.ID)
	case Find:
		fmt.Fprintf(&b, " %d %s", o.Response.Rows, o.Response.ID)
	case Read:
		fmt.Fprintf(&b, " %t", o.Response.Accepted)
	case ReadInstallations, ReadConnections:
		fmt.Fprintf(&b, " %d rows, slots %b, ended %b", o.Response.Rows, o.Response.Slots, o.Response.Ended)
	}
	return b.String()
}
