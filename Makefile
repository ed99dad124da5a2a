# Everything is built by Meson; these are the commands worth remembering.
# Paths are quoted: the checkout may lie in a directory with spaces.

PYTHON = /usr/bin/python3
FUZZ_SECONDS = 60

export DESTDIR

all: build/build.ninja
	@ninja -C build

help:
	@echo 'make demo     build, set up a throw-away community and mail it an alert;'
	@echo '              STORE=postgresql on a private server, STORE=postgresql://... on yours'
	@echo 'make check    run every test; the last line counts them'
	@echo 'make          build; the program is build/muster'
	@echo 'make install  install (DESTDIR is honoured)'
	@echo 'make bench    measure against Postfix'"'"'s smtp-source, and up to a million contacts;'
	@echo '              SIZES=1000,10000 for fewer'
	@echo 'make faults   kill, cut off, fill up and break all around it; count every copy'
	@echo 'make fuzz     search for new inputs, FUZZ_SECONDS=60 for each fuzzer'
	@echo 'make format   lay out the C files by .clang-format'
	@echo 'make clean    remove what was built'

build/build.ninja:
	@tools/install build
	@meson setup build

demo:
	@tools/install build $(if $(filter postgresql,$(STORE)),postgresql counterpart)
	@test -e build/build.ninja || meson setup build >/dev/null
	@ninja -C build --quiet
	@$(PYTHON) tools/demo.py $(STORE)

check:
	@tools/install build 'check?' 'counterpart?' 'sms-counterpart?'
	@$(PYTHON) tools/check.py

bench:
	@tools/install build bench counterpart
	@test -e build/build.ninja || meson setup build >/dev/null
	@ninja -C build --quiet
	@$(PYTHON) bench/bench.py $(if $(SIZES),--scale $(SIZES))

faults:
	@tools/install build counterpart
	@test -e build/build.ninja || meson setup build >/dev/null
	@ninja -C build --quiet
	@$(PYTHON) test/faults/run.py

fuzz:
	@tools/install build fuzz
	@$(PYTHON) tools/fuzz.py $(FUZZ_SECONDS)

install: all
	@meson install -C build --no-rebuild

format:
	@tools/install format
	@git ls-files -z '*.c' '*.h' | xargs -0 clang-format -i

clean:
	@rm -rf build build-asan build-fuzz demo

.PHONY: all help demo check bench faults fuzz install format clean
