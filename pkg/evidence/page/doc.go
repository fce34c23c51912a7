// Package page is what the pages of all evidence have in common: one style sheet
// with its policy, and how durations, moments and names that others chose are
// written. It knows no drills and no recoveries.
package page
