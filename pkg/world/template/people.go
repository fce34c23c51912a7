package template

import (
	"maps"
	"slices"
	"time"
)

// Mail is what somebody received.
type Mail struct {
	At      time.Time
	Topic   string // ARN
	Subject string
	Body    string
}

// confirmsAfter is how long people take to read a mail.
const confirmsAfter = 10 * time.Minute

// confirm clicks the link in the mails that ask whether an address wants to be
// told.
func (w *World) confirm() {
	if w.o.Unconfirmed {
		return
	}
	w.clock.AfterFunc(confirmsAfter, func() {
		for _, s := range w.cloud.SNS.Subscriptions() {
			if !s.Confirmed {
				w.cloud.SNS.Confirm(s.ARN)
			}
		}
	})
}

// Addresses are those that are told something, sorted.
func (w *World) Addresses() []string {
	all := map[string]bool{}
	for _, s := range w.cloud.SNS.Subscriptions() {
		all[s.Endpoint] = true
	}
	return slices.Sorted(maps.Keys(all))
}

// Inbox is what an address received so far, in order, without the request to
// confirm.
func (w *World) Inbox(address string) []Mail {
	var list []Mail
	for _, m := range w.cloud.SNS.Inbox(address) {
		if m.Subject != "AWS Notification - Subscription Confirmation" {
			list = append(list, Mail{m.At, m.Topic, m.Subject, m.Message})
		}
	}
	return list
}
