package main

import "os"

// testStandIns lets a test rehearse an assembly whose packages hold the names of
// their functions: building those takes minutes.
func testStandIns() bool { return os.Getenv("LIFEBOAT_TEST_STANDINS") != "" }
