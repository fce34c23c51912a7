package deployed

// Ports are those that a copy listens on, by RDS's name of its engine. They are
// the engines' own, whichever the source has: only these are open in the network
// of the copies.
var Ports = map[string]int{"postgres": 5432, "mysql": 3306, "mariadb": 3306}
