// SPDX-License-Identifier: Apache-2.0
// Result<T>: a value or the diagnostic that says why there is none. No exceptions cross folders.
#pragma once

#include <optional>
#include <utility>
#include <variant>

#include "base/check.h"
#include "base/diagnostics.h"

namespace psmc {

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit by design
  Result(Diagnostic diagnostic) : state_(std::in_place_index<1>, std::move(diagnostic)) {}  // NOLINT

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& value() & {
    PSMC_CHECK(ok(), "value() of a failed Result");
    return std::get<0>(state_);
  }
  const T& value() const& {
    PSMC_CHECK(ok(), "value() of a failed Result");
    return std::get<0>(state_);
  }
  T&& value() && {
    PSMC_CHECK(ok(), "value() of a failed Result");
    return std::get<0>(std::move(state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  const Diagnostic& diagnostic() const {
    PSMC_CHECK(!ok(), "diagnostic() of a good Result");
    return std::get<1>(state_);
  }

 private:
  std::variant<T, Diagnostic> state_;
};

/// Success, or a diagnostic.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Diagnostic diagnostic) : diagnostic_(std::move(diagnostic)) {}  // NOLINT: implicit by design
  bool ok() const { return !diagnostic_.has_value(); }
  explicit operator bool() const { return ok(); }
  const Diagnostic& diagnostic() const {
    PSMC_CHECK(!ok(), "diagnostic() of a good Status");
    return *diagnostic_;
  }

 private:
  std::optional<Diagnostic> diagnostic_;
};

}  // namespace psmc

#define PSMC_CONCAT_INNER(a, b) a##b
#define PSMC_CONCAT(a, b) PSMC_CONCAT_INNER(a, b)
/// Returns the diagnostic of `expr` from this function if it failed.
#define PSMC_TRY(expr)                                                        \
  do {                                                                        \
    if (auto psmc_try = (expr); !psmc_try.ok()) return psmc_try.diagnostic(); \
  } while (0)
/// `PSMC_ASSIGN(auto x, f());`: the value of a Result, or return its diagnostic.
#define PSMC_ASSIGN(decl, expr)                                                                           \
  auto PSMC_CONCAT(psmc_result_, __LINE__) = (expr);                                                      \
  if (!PSMC_CONCAT(psmc_result_, __LINE__).ok()) return PSMC_CONCAT(psmc_result_, __LINE__).diagnostic(); \
  decl = std::move(PSMC_CONCAT(psmc_result_, __LINE__)).value()
