// SPDX-License-Identifier: Apache-2.0
// Remembers what inference gave. The result types of an op follow from its kind, its attributes and the types of its
// operands (and, for calls, from signatures that stay as they are while a memo lives), all of which are interned: so in
// a module of a million ops there are a few hundred cases, and each is inferred once.
//
// What is remembered has also passed the checks that belong to inference: names and kinds of attributes, the schema.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "ir/module.h"

namespace psmc::ir {

class InferMemo {
 public:
  /// The types of the results, or nothing if this case is new. Valid until the next `remember`.
  std::optional<std::span<const TypeId>> find(const Module& module, OpKind kind, std::span<const ValueId> operands,
                                              AttrId attrs) const;
  /// After a `find` that found nothing. Not remembered: ops with blocks and ops whose types are not inferred.
  void remember(const Module& module, OpKind kind, std::span<const ValueId> operands, AttrId attrs,
                std::span<const TypeId> results);
  void clear();

 private:
  struct Case {
    OpKind kind;
    AttrId attrs;
    uint32_t first, num_operands, num_results;  ///< in `types_`: operands, then results
  };

  std::vector<Case> cases_;
  std::vector<TypeId> types_;
  IdTable index_;
};

}  // namespace psmc::ir
