package planfile

import (
	"strings"
	"testing"
)

const goodBlock = `version: 1
deployment: prod
workloads:
  - name: orders
    objectives: {rto: 60m, rpo: 1h}
    databases:
      - name: orders-db
        kind: postgres
        postgres:
          backups: ./backups/*
        checks:
          - name: orders are there
            sql: select count(*) from orders
            expect: {min: 1000}
`

const goodRDSFlat = `        source: orders-prod
        login: iam
        user: drill
        drill:
          scenario: account-loss
          from: snapshot
`

const goodRDSBlock = `        rds: {source: orders-prod, login: iam, user: drill, from: snapshot}
        drill:
          scenario: account-loss
`

func TestBothFormsMeanTheSame(t *testing.T) {
	every := "        postgres: {backups: b/*, binaries: /bin, database: shop, user: me, scratch: s, timeZone: UTC, trust: backup, settings: {work_mem: 8MB}}\n"
	flat := strings.NewReplacer("postgres: {", "", "}}", "}", ", ", "\n        ").Replace(every)
	for name, c := range map[string][2]string{
		"postgres":           {good, goodBlock},
		"postgres, all":      {strings.Replace(good, "        backups: ./backups/*\n", flat, 1), strings.Replace(good, "        backups: ./backups/*\n", every, 1)},
		"rds":                {goodRDS, strings.Replace(goodRDS, goodRDSFlat, goodRDSBlock, 1)},
		"rds, a bit of both": {goodRDS, strings.Replace(goodRDS, "login: iam\n        user: drill", "rds: {login: iam, user: drill}", 1)},
	} {
		before, err := Parse("flat", []byte(c[0]))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		after, err := Parse("block", []byte(c[1]))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if c[0] == c[1] || before.Hash != after.Hash {
			t.Errorf("%s: the two forms have two hashes", name)
		}
		if before.Declared != 1 || !strings.Contains(before.Warnings.Error(), "lifeboat plan --migrate") {
			t.Errorf("%s: one warning of the flat form: %v", name, before.Warnings)
		}
		if mixed := strings.Contains(name, "both"); mixed != (after.Declared == 1) {
			t.Errorf("%s: warnings of the block form: %v", name, after.Warnings)
		}
	}
}

// Evidence names the hash, so that of a plan outlives versions of lifeboat.
func TestHashOfAPlanOfBeforeThereWereBlocks(t *testing.T) {
	for text, want := range map[string]string{
		good:    "4310de8927b1537aff6922a3232bac280f6455f6ab7a7fc4dbb1f34981530c7d",
		goodRDS: "1c8e1c6dc7d7bb5184577d4a101e4c2057ffe7ea3704f24273c465871552bdc5",
	} {
		if loaded, err := Parse("p", []byte(text)); err != nil || loaded.Hash != want {
			t.Errorf("%v, hash %s, want %s", err, loaded.Hash, want)
		}
	}
}

func TestProblemsOfBlocks(t *testing.T) {
	block := "        postgres:\n          backups: ./backups/*\n"
	for name, c := range map[string]refusal{
		"both forms":          {"which one is meant?", block, block + "        backups: ./b/*\n", 11, 9, []string{`"backups" stands in the block`, "line 10"}},
		"both, flat first":    {"which one is meant?", block, "        backups: ./b/*\n" + block, 11, 11, []string{"line 9", "keep the one in the block"}},
		"block of another":    {"it would be ignored", block, block + "        rds: {source: x}\n", 11, 14, []string{"kind postgres has no block rds", "write postgres:"}},
		"unknown key":         {"it would be ignored", "backups:", "backup:", 10, 11, []string{"unknown key", "did you mean backups"}},
		"key of another":      {"the block of rds has it", "backups: ./backups/*", "backups: ./backups/*\n          source: x", 11, 11, []string{"unknown key"}},
		"nothing in it":       {"where do the backups lie?", block, "        postgres: {}\n", 9, 19, []string{"nothing says where the backups lie"}},
		"empty block":         {"null is not nothing", block, "        postgres:\n", 9, 18, []string{"empty"}},
		"position in a block": {"the value is what is wrong", "./backups/*", "'./backups/['", 10, 20, []string{"no glob"}},
		"forbidden setting":   {"the copy must not reach the source", "backups: ./backups/*", "backups: ./backups/*\n          settings: {primary_conninfo: host=db}", 11, 40, []string{"cannot be set"}},
	} {
		t.Run(name, func(t *testing.T) { c.check(t, goodBlock) })
	}
}

func TestBothFormsOfANestedKey(t *testing.T) {
	text := strings.Replace(goodRDS, "        login: iam\n        user: drill\n", "        rds: {login: iam, user: drill, from: copy}\n", 1)
	if _, err := Parse("p", []byte(text)); err == nil || !strings.Contains(err.Error(), `p:16:11: the key "from" stands in the block`) {
		t.Errorf("rds.from and drill.from: %v", err)
	}
}
