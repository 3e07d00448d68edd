#include "exporting/c/model_source.h"

#include "base/process.h"
#include "catch.h"
#include "exporting/c/exported_folder.h"

namespace espalier::exporting::c {
namespace {

/// Returns the number of the first line whose condition does not hold.
constexpr const char* api_test = R"(
#include <stdio.h>
#include "known_answer.h"
#include "model.h"
#define EXPECT(condition) do { if (!(condition)) { printf("line %d: %s\n", __LINE__, #condition); return 1; } } while (0)
static uint32_t arena[MODEL_ARENA_BYTES / 4 + 1];
static const char text[] = "unaligned";
int main(void) {
  model network = {0};
  int32_t differing = -1;
  size_t bytes = 0;
  (void)text;
  EXPECT(model_invoke(NULL) == MODEL_NULL_POINTER);
  EXPECT(model_init(NULL, arena, sizeof arena) == MODEL_NULL_POINTER);
  EXPECT(model_input(NULL) == NULL && model_output(NULL) == NULL && model_best(NULL) == -1);
  EXPECT(model_invoke(&network) == MODEL_NOT_INITIALIZED);
  EXPECT(model_input(&network) == NULL && model_output(&network) == NULL && model_best(&network) == -1);
  EXPECT(known_answer_model(&network, &differing) == MODEL_NOT_INITIALIZED);
  EXPECT(model_init(&network, NULL, sizeof arena) == MODEL_NULL_POINTER);
  EXPECT(model_init(&network, arena, 0) == MODEL_ARENA_TOO_SMALL);
  EXPECT(model_init(&network, arena, MODEL_ARENA_BYTES - 1) == MODEL_ARENA_TOO_SMALL);
  EXPECT(model_init(&network, (char*)arena + 1, MODEL_ARENA_BYTES) == MODEL_ARENA_MISALIGNED);
  EXPECT(model_invoke(&network) == MODEL_NOT_INITIALIZED);
  EXPECT(model_init(&network, arena, MODEL_ARENA_BYTES) == MODEL_OK);
  EXPECT(model_step(&network, -1) == MODEL_OUT_OF_RANGE && model_step(&network, MODEL_STEPS) == MODEL_OUT_OF_RANGE);
  EXPECT(model_step(NULL, 0) == MODEL_NULL_POINTER);
  EXPECT(model_step_output(&network, MODEL_STEPS, &bytes) == NULL && model_step_output(&network, -1, NULL) == NULL);
  EXPECT(model_step_output(&network, MODEL_STEPS - 1, &bytes) == model_output(&network));
  EXPECT(bytes == MODEL_OUTPUT_BYTES);
  EXPECT(known_answer_model(NULL, &differing) == MODEL_NULL_POINTER);
  EXPECT(known_answer_model(&network, NULL) == MODEL_NULL_POINTER);
  EXPECT(known_answer_model(&network, &differing) == MODEL_OK && differing == 0);
  EXPECT(model_best(&network) >= 0 && model_best(&network) < MODEL_OUTPUT_BYTES);
  EXPECT(arena[MODEL_ARENA_BYTES / 4] == 0);
  return 0;
}
)";

}  // namespace

TEST_CASE("NULL pointers, a wrong arena and steps that there are not give status codes", "[c]") {
  const auto program = random_programs::ds_cnn(1);
  const ExportedFolder folder(program, options_of(program));
  write_atomically(folder.path() / "test/api.c", std::string(api_test));
  const auto built = folder.built("test/api.c", "api", {"-O1", "-fsanitize=undefined,address"});
  const auto result = run_process({built.string()});
  INFO(result.output);
  CHECK(result.exit_code == 0);
}

TEST_CASE("two networks beside each other do not disturb each other", "[c]") {
  const auto program = random_programs::resnet(3);
  const auto options = options_of(program);
  const ExportedFolder folder(program, options);
  write_atomically(folder.path() / "test/two.c", std::string(R"(
#include <string.h>
#include "known_answer.h"
static uint32_t arenas[2][MODEL_ARENA_BYTES / 4];
int main(void) {
  model first = {0}, second = {0};
  int32_t differing = 0;
  int8_t answer[MODEL_OUTPUT_BYTES];
  if (model_init(&first, arenas[0], sizeof arenas[0]) != MODEL_OK) return 1;
  if (model_init(&second, arenas[1], sizeof arenas[1]) != MODEL_OK) return 1;
  memset(model_input(&second), 17, MODEL_INPUT_BYTES);
  model_invoke(&second);
  memcpy(answer, model_output(&second), sizeof answer);
  memset(model_input(&second), 17, MODEL_INPUT_BYTES);
  for (int32_t step = 0; step < MODEL_STEPS; ++step) {
    model_step(&second, step);
    if (known_answer_model(&first, &differing) != MODEL_OK || differing != 0) return 2;
  }
  return memcmp(answer, model_output(&second), sizeof answer) == 0 ? 0 : 3;
}
)"));
  CHECK(run_process({folder.built("test/two.c", "two").string()}).exit_code == 0);
}

TEST_CASE("an activation is described in words", "[c]") {
  CHECK(describe({"x", {25, 5, 64}, 0.5F, -128}) == "25x5x64 int8, real = 0.5 * (q - (-128))");
  CHECK(describe({"x", {3}, 0.25F, 7}) == "3 int8, real = 0.25 * (q - 7)");
}

}  // namespace espalier::exporting::c
