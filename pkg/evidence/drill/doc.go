// Package drillevidence turns what a drill recorded into one JSON document, keeps
// it in a folder, and draws it as a report of one page.
//
// Build is a function of what the run recorded and what was judged; it has
// types of its own, so that a new field of the domain never reaches the
// evidence unnoticed. What may quote data stays out: the SQL of a check is
// kept as its SHA-256, and a figure that is neither a number, a boolean nor a
// time is withheld.
//
// A Store is a record.Folder of documents with their pages, a Recorder a
// record.Bucket; both name the document before of the same database by its
// SHA-256, and record.Check follows these links. What is kept here is the drill's
// own: the document, its page and charts, and what past drills let expect.
package drillevidence
