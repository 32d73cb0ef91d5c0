// SPDX-License-Identifier: MIT
// The version, and the inline namespace that keeps mixed builds apart.
#pragma once

#define TAGSPAN_VERSION_MAJOR 0
#define TAGSPAN_VERSION_MINOR 1
#define TAGSPAN_VERSION_PATCH 0

// What happens when a precondition that only a programmer can break is broken. Chosen at build time, the same choice in
// every header; see core/error.hpp.
#define TAGSPAN_CONTRACT_UNCHECKED 0  // not looked at: for those who measured
#define TAGSPAN_CONTRACT_TERMINATE 1  // says what and where on stderr, then std::abort()
#define TAGSPAN_CONTRACT_THROW 2      // throws tagspan::contract_violation: for tests
#ifndef TAGSPAN_CONTRACT
#define TAGSPAN_CONTRACT TAGSPAN_CONTRACT_TERMINATE
#endif

#if TAGSPAN_CONTRACT == TAGSPAN_CONTRACT_UNCHECKED
#define TAGSPAN_ABI_CONTRACT unchecked
#elif TAGSPAN_CONTRACT == TAGSPAN_CONTRACT_TERMINATE
#define TAGSPAN_ABI_CONTRACT terminate
#elif TAGSPAN_CONTRACT == TAGSPAN_CONTRACT_THROW
#define TAGSPAN_ABI_CONTRACT throw
#else
#error "TAGSPAN_CONTRACT is TAGSPAN_CONTRACT_UNCHECKED, TAGSPAN_CONTRACT_TERMINATE or TAGSPAN_CONTRACT_THROW"
#endif

#if defined(__AVX512BW__)
#define TAGSPAN_ABI_VECTOR avx512
#elif defined(__AVX2__)
#define TAGSPAN_ABI_VECTOR avx2
#elif defined(__AVX__)
#define TAGSPAN_ABI_VECTOR avx
#else
#define TAGSPAN_ABI_VECTOR base
#endif

// Two translation units that were built with another version, contract mode or vector level see different names, so the
// linker never picks one body for both.
#define TAGSPAN_ABI_JOIN_(major, minor, patch, contract, vector) v##major##_##minor##_##patch##_##contract##_##vector
#define TAGSPAN_ABI_JOIN(major, minor, patch, contract, vector) TAGSPAN_ABI_JOIN_(major, minor, patch, contract, vector)
#define TAGSPAN_ABI                                                                                                  \
  TAGSPAN_ABI_JOIN(TAGSPAN_VERSION_MAJOR, TAGSPAN_VERSION_MINOR, TAGSPAN_VERSION_PATCH, TAGSPAN_ABI_CONTRACT, \
                   TAGSPAN_ABI_VECTOR)

#define TAGSPAN_TEXT_(token) #token
#define TAGSPAN_TEXT(token) TAGSPAN_TEXT_(token)
#define TAGSPAN_VERSION_STRING \
  TAGSPAN_TEXT(TAGSPAN_VERSION_MAJOR) "." TAGSPAN_TEXT(TAGSPAN_VERSION_MINOR) "." TAGSPAN_TEXT(TAGSPAN_VERSION_PATCH)
