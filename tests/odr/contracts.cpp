// SPDX-License-Identifier: MIT
// Two units, built for two contract modes, in one program: each must keep its own behaviour. terminates.cpp aborts, so
// it comes last and the handler of the signal ends the program with success.
#include <csignal>
#include <cstdio>
#include <cstdlib>

bool a_broken_contract_throws();
void a_broken_contract_terminates();

extern "C" void aborted(int) { std::_Exit(0); }

int main() {
  if (!a_broken_contract_throws()) {
    std::puts("the unit that asked for exceptions got none");
    return 1;
  }
  std::signal(SIGABRT, aborted);
  try {
    a_broken_contract_terminates();
    std::puts("the unit that asked for termination went on");
  } catch (...) {
    std::puts("the unit that asked for termination got an exception");
  }
  return 1;
}
