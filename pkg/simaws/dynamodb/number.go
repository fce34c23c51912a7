package dynamodb

import (
	"math/big"
	"regexp"
	"strconv"
	"strings"
)

// Numbers have 38 digits and magnitudes from 1E-130 to 9.99E+125,
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html.
const (
	maxDigits   = 38
	maxExponent = 125
	minExponent = -130
)

var numberRE = regexp.MustCompile(`^[+-]?(\d+\.?\d*|\.\d+)([eE]([+-]?\d{1,4}))?$`)

func parseNumber(text string) (*big.Rat, error) {
	n, ok := new(big.Rat), numberRE.MatchString(text)
	if ok {
		_, ok = n.SetString(text)
	}
	if !ok {
		return nil, invalid("The parameter cannot be converted to a numeric value: %s", text)
	}
	return n, checkNumber(n)
}

func checkNumber(n *big.Rat) error {
	digits := strings.Trim(strings.TrimLeft(strings.Replace(formatNumber(n), ".", "", 1), "-"), "0")
	if len(digits) > maxDigits {
		return invalid("Attempting to store more than 38 significant digits in a Number")
	}
	magnitude := new(big.Rat).Abs(n)
	if magnitude.Cmp(powerOfTen(maxExponent+1)) >= 0 {
		return invalid("Number overflow. Attempting to store a number with magnitude larger than supported range")
	}
	if n.Sign() != 0 && magnitude.Cmp(powerOfTen(minExponent)) < 0 {
		return invalid("Number underflow. Attempting to store a number with magnitude smaller than supported range")
	}
	return nil
}

func powerOfTen(exponent int) *big.Rat {
	n, _ := new(big.Rat).SetString("1e" + strconv.Itoa(exponent))
	return n
}

// formatNumber writes a decimal without exponent and without trailing zeros.
func formatNumber(n *big.Rat) string {
	digits, _ := n.FloatPrec() // exact: the number came from decimal digits
	return n.FloatString(digits)
}

func (v Value) number() *big.Rat {
	n, _ := new(big.Rat).SetString(v.Text) // check has read it before
	return n
}

// numberSize is about one byte for two significant digits, and one more.
func numberSize(text string) int {
	digits := strings.Trim(strings.Replace(text, ".", "", 1), "-0")
	size := 1 + (len(digits)+1)/2
	if strings.HasPrefix(text, "-") {
		size++
	}
	return size
}
