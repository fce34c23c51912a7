package advise

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// Prices are AWS's public ones, on demand and without taxes, as they were on a
// day. What is not in them is not known.
type Prices struct {
	Currency     string                  `json:"currency"`
	Regions      map[string]RegionPrices `json:"regions"`
	HealthChecks HealthCheckPrices       `json:"healthChecks"`
}

// RegionPrices are those of one region. One that is nil is not known.
type RegionPrices struct {
	Source
	// InstanceHour of an RDS instance in one zone, by engine and class.
	InstanceHour map[string]map[string]float64 `json:"instanceHour"`
	// StorageGiBMonth of a general-purpose volume (gp3).
	StorageGiBMonth *float64 `json:"storageGiBMonth"`
	// BackupGiBMonth of snapshots, and of automated backups beyond what is free.
	BackupGiBMonth *float64 `json:"backupGiBMonth"`
	// TransferGiB out of the region and into another.
	TransferGiB *float64 `json:"transferGiB"`
}

// HealthCheckPrices are those of Route 53 for endpoints on AWS. The first fifty of
// an account are free there; here each is counted.
type HealthCheckPrices struct {
	Source
	Month *float64 `json:"month"`
	// FastMonth comes on top for an interval of ten seconds.
	FastMonth *float64 `json:"fastMonth"`
}

// Source says since when a price is known, and from where.
type Source struct {
	Date string `json:"date"` // 2026-08-06
	URL  string `json:"url"`
}

//go:embed prices.json
var prices []byte

// OwnPrices are those that come with lifeboat.
func OwnPrices() Prices {
	p, err := ReadPrices(bytes.NewReader(prices))
	if err != nil {
		panic(err) // the file is a part of the program, and a test reads it
	}
	return p
}

// mostPrice is more than anything costs; sums of it are still figures.
const mostPrice = 1e6

// ReadPrices reads a price file of the same form as lifeboat's own.
func ReadPrices(r io.Reader) (p Prices, err error) {
	decoder := json.NewDecoder(r)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&p); err != nil {
		return Prices{}, fmt.Errorf("read the prices: %w", err)
	}
	if p.Currency != "USD" {
		return Prices{}, fmt.Errorf("read the prices: the currency is %q, and figures are in USD", p.Currency)
	}
	sources := []Source{}
	prices := []*float64{p.HealthChecks.Month, p.HealthChecks.FastMonth}
	for _, r := range p.Regions {
		sources = append(sources, r.Source)
		prices = append(prices, r.StorageGiBMonth, r.BackupGiBMonth, r.TransferGiB)
		for _, classes := range r.InstanceHour {
			for _, hour := range classes {
				prices = append(prices, &hour)
			}
		}
	}
	for _, price := range prices {
		if price != nil && (*price < 0 || *price > mostPrice) {
			return Prices{}, fmt.Errorf("read the prices: %g is none: between 0 and %g", *price, mostPrice)
		}
	}
	if p.HealthChecks.Month != nil {
		sources = append(sources, p.HealthChecks.Source)
	}
	for _, s := range sources {
		if _, err := time.Parse(time.DateOnly, s.Date); err != nil || s.URL == "" {
			return Prices{}, fmt.Errorf("read the prices: date %q, url %q: every price has the day that it is of, and where it was read", s.Date, s.URL)
		}
	}
	return p, nil
}
