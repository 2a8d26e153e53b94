// SPDX-License-Identifier: Apache-2.0
#include "tests/tools/pass_mutations.h"

#include "tests/tools/mutate_movement.h"
#include "tests/tools/mutate_values.h"

namespace psmc::test {
namespace {

constexpr Mutation kMutations[] = {
    {"sub: operands swapped", each<OpKind::sub, swap<0, 1>>},
    {"div: operands swapped", each<OpKind::div, swap<0, 1>>},
    {"select: arms swapped", each<OpKind::select, swap<1, 2>>},
    {"lt: operands swapped", each<OpKind::lt, swap<0, 1>>},
    {"concat: operands swapped", each<OpKind::concat, swap<0, 1>>},
    {"call: inlining mixes up two arguments", each<OpKind::call, swap<0, 1>>},
    {"return: two results mixed up", each<OpKind::return_, swap<0, 1>>},
    {"sub becomes add", each<OpKind::sub, become<OpKind::add>>},
    {"max becomes min", each<OpKind::max, become<OpKind::min>>},
    {"lt becomes le", each<OpKind::lt, become<OpKind::le>>},
    {"eq becomes ne", each<OpKind::eq, become<OpKind::ne>>},
    {"add: the first operand used twice", each<OpKind::add, use_twice>},
    {"tanh dropped", each<OpKind::tanh, drop<0>>},
    {"max: a bound dropped", each<OpKind::max, drop<0>>},
    {"update removed as dead: the state is lost", each<OpKind::update, drop<0>>},
    {"update: start one too small", each<OpKind::update, move_start<-1, false>>},
    {"update: symbol offset + 1", each<OpKind::update, move_start<1, true>>},
    {"slice: start off by one", each<OpKind::slice, move_start<1, false>>},
    {"slice: symbol offset + 1", each<OpKind::slice, move_start<1, true>>},
    {"slice hoisted past an update", each<OpKind::slice, read_before_update>},
    {"slice: cse ignores the attributes", each<OpKind::slice, merge_without_attributes<OpKind::slice>>},
    {"sub: cse takes it for commutative", each<OpKind::sub, merge_turned>},
    {"reduce: sum becomes max", each<OpKind::reduce, sum_to_max>},
    {"reduce: the other axis", each<OpKind::reduce, other_axis>},
    {"reduce: the identity of max is 0", each<OpKind::reduce, wrong_identity<OpKind::max>>},
    {"reduce: the identity of min is 0", each<OpKind::reduce, wrong_identity<OpKind::min>>},
    {"reduce: cse ignores the attributes", each<OpKind::reduce, merge_without_attributes<OpKind::reduce>>},
    {"transpose: inverse permutation", each<OpKind::transpose, inverse_permutation>},
    {"transpose: composed in the wrong order", each<OpKind::transpose, compose_backwards>},
    {"transpose dropped", each<OpKind::transpose, drop<0>>},
    {"transpose taken for a reshape", each<OpKind::transpose, transpose_to_reshape>},
    {"pad: low and high swapped", each<OpKind::pad, swap_padding>},
    {"pad: the value lost", each<OpKind::pad, pad_with_zero>},
    {"contract: an operand turned", each<OpKind::contract, turn_contraction>},
    {"iota: the other axis", each<OpKind::iota, turn_iota>},
    {"cast: rounding dropped", each<OpKind::cast, drop_rounding>},
    {"x + 0 becomes x: the sign of zero", each<OpKind::add, drop_zero>},
    {"x * 0 becomes 0: NaN", each<OpKind::mul, times_zero>},
    {"x - x becomes 0: NaN", each<OpKind::sub, of_itself<0>>},
    {"x / x becomes 1: zero and NaN", each<OpKind::div, of_itself<1>>},
    {"-(a - b) becomes b - a: the sign of zero", each<OpKind::neg, negate_difference>},
    {"not (a < b) becomes b <= a: NaN", each<OpKind::not_, negate_comparison>},
    {"x / y becomes x * (1 / y): rounding", each<OpKind::div, div_to_recip>},
    {"(a + b) + c becomes a + (b + c): rounding", each<OpKind::add, reassociate>},
    {"constant: folded one ulp off", each<OpKind::constant, wrong_fold>},
    {"constant: folded with the wrong sign", each<OpKind::constant, wrong_sign>},
    {"load: forwarded past a store", each<OpKind::load, forward_past_store>},
    {"load: off by one", each<OpKind::load, next_element>},
    {"store removed as dead", each<OpKind::store, lose_store>},
    {"for: one iteration less", each<OpKind::for_, one_iteration_less>},
};

}  // namespace

std::span<const Mutation> mutations() { return kMutations; }

}  // namespace psmc::test
