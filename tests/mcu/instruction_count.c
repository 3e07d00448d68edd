/* A plugin of QEMU's (API version 1: QEMU 4.2 to 8.2) that counts the instructions of each function of a program: its
 * own, and with those of everything that it called.
 *
 *   -plugin instruction_count.so,functions=PATH,counts=PATH
 *
 * functions: a line "name first-address end-address" a function, addresses in hexadecimal, sorted. counts: a line "name
 * own whole calls" is written for each that ran, and one for "(all)". Calls are seen as jumps to a function's first
 * instruction; a call returns when the program goes on behind it, which is also where tail calls return. Debian ships
 * no header of the interface, so what is used of it is declared here. */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORTED __attribute__((visibility("default")))
enum { MOST_FUNCTIONS = 4096, MOST_CALLS = 256 };

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum { NO_REGISTERS = 0, ADD_TO_64_BITS = 0 };
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id, void (*callback)(plugin_id, struct qemu_plugin_tb*));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb* block, void (*callback)(unsigned, void*), int flags,
                                          void* data);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn* instruction, int operation, void* counter,
                                                uint64_t value);
void qemu_plugin_register_atexit_cb(plugin_id id, void (*callback)(plugin_id, void*), void* data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb* block);
struct qemu_plugin_insn* qemu_plugin_tb_get_insn(const struct qemu_plugin_tb* block, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn* instruction);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn* instruction);

typedef struct {
  char name[128];
  uint64_t first, end, own, whole, calls;
} function;

/* A run of instructions without a jump. */
typedef struct {
  uint64_t start, end;
  function* entered; /* whose first instruction it starts with; NULL: it starts elsewhere */
} block;

typedef struct {
  function* callee;
  uint64_t returns_to, total_before;
} call;

EXPORTED int qemu_plugin_version = 1;
static function functions[MOST_FUNCTIONS];
static size_t function_count;
static call calls[MOST_CALLS];
static size_t depth;
static uint64_t total;
static const block* previous;
static char counts_path[4096];

static function* function_at(uint64_t address) {
  size_t low = 0, high = function_count;
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (address >= functions[middle].end)
      low = middle + 1;
    else
      high = middle;
  }
  return low < function_count && address >= functions[low].first ? &functions[low] : NULL;
}

static void pop(void) {
  --depth;
  calls[depth].callee->whole += total - calls[depth].total_before;
}

static void leave_calls_that_return_to(uint64_t address) {
  size_t level = depth;
  while (level > 0 && calls[level - 1].returns_to != address) --level;
  while (level > 0 && depth >= level) pop();
}

static void on_block(unsigned processor, void* data) {
  const block* now = data;
  (void)processor;
  if (!previous || previous->end != now->start) {
    leave_calls_that_return_to(now->start);
    const int loops = previous && function_at(previous->start) == now->entered;
    if (now->entered && !loops && depth < MOST_CALLS) {
      calls[depth++] = (call){now->entered, previous ? previous->end : 0, total};
      ++now->entered->calls;
    }
  }
  previous = now;
}

static void on_translation(plugin_id id, struct qemu_plugin_tb* translated) {
  const size_t count = qemu_plugin_tb_n_insns(translated);
  block* made = malloc(sizeof *made);
  (void)id;
  if (!made || count == 0) abort();
  for (size_t i = 0; i < count; ++i) {
    struct qemu_plugin_insn* instruction = qemu_plugin_tb_get_insn(translated, i);
    const uint64_t address = qemu_plugin_insn_vaddr(instruction);
    function* inside = function_at(address);
    if (i == 0) {
      made->start = address;
      made->entered = inside && inside->first == address ? inside : NULL;
      qemu_plugin_register_vcpu_tb_exec_cb(translated, on_block, NO_REGISTERS, made);
    }
    made->end = address + qemu_plugin_insn_size(instruction);
    qemu_plugin_register_vcpu_insn_exec_inline(instruction, ADD_TO_64_BITS, &total, 1);
    if (inside) qemu_plugin_register_vcpu_insn_exec_inline(instruction, ADD_TO_64_BITS, &inside->own, 1);
  }
}

static void at_the_end(plugin_id id, void* data) {
  FILE* file = fopen(counts_path, "w");
  (void)id, (void)data;
  if (!file) return;
  while (depth > 0) pop();
  fprintf(file, "(all) %" PRIu64 " %" PRIu64 " 1\n", total, total);
  for (size_t i = 0; i < function_count; ++i)
    if (functions[i].own)
      fprintf(file, "%s %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", functions[i].name, functions[i].own, functions[i].whole,
              functions[i].calls);
  fclose(file);
}

static int read_functions(const char* path) {
  FILE* file = fopen(path, "r");
  if (!file) return -1;
  while (function_count < MOST_FUNCTIONS) {
    function* to = &functions[function_count];
    if (fscanf(file, "%127s %" SCNx64 " %" SCNx64, to->name, &to->first, &to->end) != 3) break;
    ++function_count;
  }
  return fclose(file);
}

EXPORTED int qemu_plugin_install(plugin_id id, const void* info, int count, char** arguments) {
  (void)info;
  for (int i = 0; i < count; ++i)
    if (!strncmp(arguments[i], "functions=", 10)) {
      if (read_functions(arguments[i] + 10)) return -1;
    } else if (!strncmp(arguments[i], "counts=", 7)) {
      snprintf(counts_path, sizeof counts_path, "%s", arguments[i] + 7);
    }
  qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
  qemu_plugin_register_atexit_cb(id, at_the_end, NULL);
  return 0;
}
