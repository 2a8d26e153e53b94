// SPDX-License-Identifier: Apache-2.0
// Hugging Face's tokenizer.json with a BPE model. Encoding, in order:
//
//   added tokens of the raw text  ->  normalizer  ->  added tokens of the normalised text  ->  pre-tokenizer  ->  BPE
//   -> post-processor (TemplateProcessing: tokens before and after; ByteLevel: nothing to do)
//
// "truncation" and "padding" are ignored: they are about batches. Whatever else a file asks for is refused by name.
#pragma once

#include <memory>
#include <string>

#include "frontend/tokenizer/tokenizer.h"

namespace psmc::frontend {

/// Errors: bad_json, json_type, bad_tokenizer, unsupported_tokenizer, too_large.
Result<std::unique_ptr<Tokenizer>> parse_json_tokenizer(std::string file, std::string text);

}  // namespace psmc::frontend
