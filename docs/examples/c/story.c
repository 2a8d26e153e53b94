// SPDX-License-Identifier: Apache-2.0
// Ten greedy tokens from a compiled language model, in C. Made with
//     psmc compile MODEL -o story --emit=so,header
//     cc -I. story.c ./story.so ./libpsmc_rt.so -Wl,-rpath,'$ORIGIN' -o story
// Takes the token ids of the prompt (none: 1) and prints the ids that follow, with commas.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "story.h"

enum { kTokens = 10 };

static float logits[STORY_DECODE_LOGITS_COUNT];

static int32_t best(void) {
  int32_t at = 0;
  for (int32_t i = 1; i < (int32_t)STORY_DECODE_LOGITS_COUNT; ++i)
    if (logits[i] > logits[at]) at = i;
  return at;
}

/* Leaves the logits after `token`, which stands at position `pos`. */
static void decode(story_model* model, int32_t token, int64_t pos, uint64_t* cycles) {
  story_decode_args args = {
      .struct_size = sizeof(args),
      .version = STORY_ABI_VERSION,
      .tokens = &token,
      .tokens_count = 1,
      .pos = pos,
      .logits = logits,
      .logits_count = STORY_DECODE_LOGITS_COUNT,
  };
  if (story_decode(model, &args) != 0) {
    fprintf(stderr, "%s\n", story_last_error(model));
    exit(1);
  }
  *cycles += args.cycles;
}

int main(int argc, char** argv) {
  story_model* model = NULL;
  if (story_open(NULL, &model) != 0) {
    fprintf(stderr, "%s\n", story_last_error(model));
    story_close(model);
    return 1;
  }
  uint64_t cycles = 0;
  int64_t pos = 0;
  int32_t token = 1;
  for (int i = 1; i < argc; ++i) {
    token = (int32_t)strtol(argv[i], NULL, 10);
    if (i + 1 < argc) decode(model, token, pos++, &cycles);
  }
  for (int i = 0; i < kTokens; ++i) {
    decode(model, token, pos++, &cycles);
    token = best();
    printf("%s%" PRId32, i == 0 ? "" : ",", token);
  }
  printf("\n");
  fprintf(stderr, "%" PRIu64 " cycles\n", cycles);
  story_close(model);
  return 0;
}
