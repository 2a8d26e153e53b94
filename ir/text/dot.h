// SPDX-License-Identifier: Apache-2.0
// A module as a graph for viewers (Graphviz): `dot -Tsvg net.dot > net.svg`.
#pragma once

#include <string>

#include "ir/module.h"

namespace psmc::ir {

struct DotOptions {
  std::string function;   ///< only this one; empty: all
  size_t max_ops = 2000;  ///< shown of all functions together; layouts of more take viewers minutes
};

/// A cluster a function, and one in it for each block of an op; a node for each argument and op, named by its place in
/// the text order, labelled with op, name and type; an edge for each use of a value, numbered where an op has several
/// operands. Ops beyond `max_ops` are left out: the node "N more ops" says so. Errors: bad_option.
Result<std::string> print_dot(const Module& module, const DotOptions& options = {});

}  // namespace psmc::ir
