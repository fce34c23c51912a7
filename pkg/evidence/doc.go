// Package evidence turns what a drill recorded into one JSON document, keeps
// it in a folder, and draws it as a report of one page.
//
// Build is a function of what the run recorded and what was judged; it has
// types of its own, so that a new field of the domain never reaches the
// evidence unnoticed. What may quote data stays out: the SQL of a check is
// kept as its SHA-256, and a figure that is neither a number, a boolean nor a
// time is withheld.
//
// A Store writes a document to a temporary file, syncs it, links it to its
// name, which must be free, and syncs the folder. A kill in between leaves at
// most the temporary file, which is never read. Each document names the one
// before it of the same database by its SHA-256; Verify follows these links.
package evidence
