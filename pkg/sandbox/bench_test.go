package sandbox

import (
	"os/exec"
	"testing"
)

// BenchmarkStart is what a sandbox adds to a program: beside it the same program
// started directly.
func BenchmarkStart(b *testing.B) {
	b.Run("directly", func(b *testing.B) {
		for b.Loop() {
			if err := exec.Command("/bin/true").Run(); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, p := range Ways() {
		b.Run(string(p.Kind()), func(b *testing.B) {
			for b.Loop() {
				s, err := p.Start(Spec{Program: "/bin/true"})
				if err == nil {
					err = s.Wait()
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
