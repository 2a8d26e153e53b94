// SPDX-License-Identifier: Apache-2.0
#include "backend/select/affine.h"

namespace psmc::backend {
namespace {

int64_t wrap_add(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}
int64_t wrap_mul(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
}

}  // namespace

Affine Affine::of(VarId var, int64_t coefficient) {
  Affine result;
  if (coefficient != 0) result.terms.emplace_back(var, coefficient);
  return result;
}

int64_t Affine::coefficient(VarId var) const {
  for (const auto& [v, c] : terms) {
    if (v == var) return c;
  }
  return 0;
}

Affine Affine::without(VarId var) const {
  Affine result(constant);
  for (const auto& term : terms) {
    if (term.first != var) result.terms.push_back(term);
  }
  return result;
}

Affine Affine::operator+(const Affine& other) const {
  Affine result(wrap_add(constant, other.constant));
  size_t i = 0, j = 0;
  while (i < terms.size() || j < other.terms.size()) {
    std::pair<VarId, int64_t> term;
    if (j == other.terms.size() || (i < terms.size() && terms[i].first < other.terms[j].first)) {
      term = terms[i++];
    } else if (i == terms.size() || other.terms[j].first < terms[i].first) {
      term = other.terms[j++];
    } else {
      term = {terms[i].first, wrap_add(terms[i].second, other.terms[j].second)};
      ++i, ++j;
    }
    if (term.second != 0) result.terms.push_back(term);
  }
  return result;
}

Affine Affine::operator*(int64_t factor) const {
  Affine result(wrap_mul(constant, factor));
  for (const auto& [var, c] : terms) {
    if (const int64_t scaled = wrap_mul(c, factor); scaled != 0) result.terms.emplace_back(var, scaled);
  }
  return result;
}

}  // namespace psmc::backend
