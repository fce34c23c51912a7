// Package recoveryevidence turns the record of a recovery into one JSON document,
// keeps it, and draws it as a report of one page: which step took how long, what the
// whole took against the targets, along which path, what was lost, what was left out
// and who decided so.
//
// Build is a function of what the run recorded and what was judged; it has types of
// its own, so that a new field of the domain never reaches the evidence unnoticed. It
// holds no rows, no SQL, no payloads and no secrets: of a check its name and its
// outcome, of credentials where they are kept.
//
// A Store is a record.Folder of documents with their pages, a Recorder a
// record.Bucket. The documents of a deployment are one chain, apart from those of its
// drills.
package recoveryevidence
