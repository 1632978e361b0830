// Checks for each kind of value that crosses the interface, and for each way a call can go wrong.
#include "auricle.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#ifdef __GLIBC__
#include <sys/resource.h>
#endif

static int failures = 0;
static int checks = 0;

#define CHECK(condition)                                                                                               \
  do {                                                                                                                 \
    checks++;                                                                                                          \
    if (!(condition)) {                                                                                                \
      failures++;                                                                                                      \
      std::printf("%s:%d: %s\n", __FILE__, __LINE__, #condition);                                                      \
    }                                                                                                                  \
  } while (0)

static AurValue tensor(AurTensor t) { return {AUR_TENSOR, 0, reinterpret_cast<int64_t>(t)}; }
static AurValue integer(int64_t value) { return {AUR_INT, 0, value}; }
static AurValue boolean(bool value) { return {AUR_BOOL, 0, value}; }
static AurValue none() { return {AUR_NONE, 0, 0}; }
static AurValue number(double value) {
  AurValue result{AUR_DOUBLE, 0, 0};
  std::memcpy(&result.payload, &value, sizeof value);
  return result;
}
static AurValue integers(const std::vector<int64_t> &values) {
  return {AUR_INT_LIST, static_cast<int32_t>(values.size()), reinterpret_cast<int64_t>(values.data())};
}
static AurValue tensors(const std::vector<AurTensor> &values, AurKind kind = AUR_TENSOR_LIST) {
  return {kind, static_cast<int32_t>(values.size()), reinterpret_cast<int64_t>(values.data())};
}

static std::string error() {
  char buffer[4096];
  aur_last_error(buffer, sizeof buffer);
  return buffer;
}

static int32_t call(const char *name, const char *overload, const std::vector<AurValue> &arguments,
                    std::vector<AurValue> &results, uint32_t flags = 0) {
  AurOperator op = nullptr;
  const int32_t status = aur_operator_find(name, overload, &op);
  if (status != AUR_OK)
    return status;
  results.assign(8, none());
  int32_t count = 0;
  const int32_t outcome =
      aur_call(op, arguments.data(), static_cast<int32_t>(arguments.size()), flags, results.data(), 8, &count);
  results.resize(outcome == AUR_OK ? count : 0);
  return outcome;
}

static AurTensor one(const char *name, const char *overload, const std::vector<AurValue> &arguments,
                     uint32_t flags = 0) {
  std::vector<AurValue> results;
  if (call(name, overload, arguments, results, flags) != AUR_OK || results.size() != 1) {
    std::printf("%s: %s\n", name, error().c_str());
    failures++;
    return nullptr;
  }
  return reinterpret_cast<AurTensor>(results[0].payload);
}

static float *data(AurTensor t) {
  void *result = nullptr;
  CHECK(aur_tensor_data(t, &result) == AUR_OK);
  return static_cast<float *>(result);
}

static AurTensor from(const std::vector<float> &values, const std::vector<int64_t> &sizes) {
  auto result = one("aten::empty", "memory_format", {integers(sizes)});
  std::memcpy(data(result), values.data(), values.size() * sizeof(float));
  return result;
}

static void values_cross() {
  std::vector<float> a{1, 2, 3, 4};
  auto x = from(a, {2, 2});
  auto sum = one("aten::add", "Tensor", {tensor(x), tensor(x)}); // alpha takes its default
  CHECK(data(sum)[3] == 8);
  auto scaled = one("aten::mul", "Scalar", {tensor(x), number(0.5)});
  CHECK(data(scaled)[1] == 1);
  auto shifted = one("aten::add", "Scalar", {tensor(x), integer(3), integer(2)});
  CHECK(data(shifted)[0] == 7);
  auto reshaped = one("aten::view", "", {tensor(x), integers({4, 1})});
  auto mean = one("aten::mean", "dim", {tensor(x), integers({1}), boolean(true), none()});
  CHECK(data(mean)[1] == 3.5f);
  auto joined = one("aten::cat", "", {tensors({x, x}), integer(0)});
  int32_t type, device, index, dimensions, grad;
  int64_t sizes[4], strides[4];
  CHECK(aur_tensor_describe(joined, &type, &device, &index, &dimensions, sizes, strides, 4, &grad) == AUR_OK);
  CHECK(type == 6 && device == 0 && dimensions == 2 && sizes[0] == 4 && sizes[1] == 2 && strides[0] == 2 && grad == 0);
  std::vector<AurValue> pieces;
  CHECK(call("aten::chunk", "", {tensor(joined), integer(2), integer(0)}, pieces) == AUR_OK);
  CHECK(pieces.size() == 1 && pieces[0].kind == AUR_TENSOR_LIST && pieces[0].count == 2);
  auto handles = reinterpret_cast<AurTensor *>(pieces[0].payload);
  CHECK(data(handles[1])[3] == 4);
  std::vector<AurValue> stats;
  CHECK(call("aten::max", "dim", {tensor(x), integer(1)}, stats) == AUR_OK && stats.size() == 2);
  auto rows = one("aten::argmax", "", {tensor(x), integer(1)});
  auto picked = one("aten::index", "Tensor", {tensor(x), tensors({nullptr, rows}, AUR_OPTIONAL_TENSOR_LIST)});
  CHECK(data(picked)[0] == 2);
  auto empty = one("aten::empty", "memory_format", {integers({2, 3}), integer(6), none(), AurValue{AUR_DEVICE, -1, 0}});
  CHECK(empty != nullptr);
  auto exact = one("aten::gelu", "", {tensor(x), AurValue{AUR_STRING, 4, reinterpret_cast<int64_t>("none")}});
  CHECK(exact != nullptr);
  // A single integer fills a list of declared length, and an integer fits where a float is declared.
  auto image = one("aten::view", "", {tensor(x), integers({1, 1, 2, 2})});
  auto pooled = one("aten::avg_pool2d", "", {tensor(image), integer(2)});
  CHECK(data(pooled)[0] == 2.5f);
  auto dropped = one("aten::dropout", "", {tensor(x), integer(0), boolean(false)});
  std::vector<AurValue> equal;
  CHECK(call("aten::equal", "", {tensor(x), tensor(dropped)}, equal) == AUR_OK && equal[0].kind == AUR_BOOL &&
        equal[0].payload == 1);
  for (auto t : {x, sum, scaled, shifted, reshaped, mean, joined, handles[0], handles[1], rows, picked, empty, exact,
                 image, pooled, dropped})
    aur_tensor_free(t);
  for (const auto &value : stats)
    aur_tensor_free(reinterpret_cast<AurTensor>(value.payload));
  aur_free(handles);
}

static void mistakes_are_reported() {
  std::vector<float> a{1, 2, 3, 4};
  auto x = from(a, {2, 2});
  std::vector<AurValue> results;
  CHECK(call("aten::no_such", "", {}, results) == AUR_NO_SUCH_OPERATOR);
  CHECK(error().find("aten::no_such") != std::string::npos);
  CHECK(call("aten::add", "Tensor", {tensor(x)}, results) == AUR_ERROR); // 'other' has no default
  CHECK(error().find("other") != std::string::npos);
  CHECK(call("aten::add", "Tensor", {tensor(x), integer(1)}, results) == AUR_ERROR);
  CHECK(call("aten::add", "Tensor", {tensor(x), none()}, results) == AUR_ERROR);
  CHECK(call("aten::add", "Tensor", {tensor(x), tensor(x), integer(1), integer(1)}, results) == AUR_ERROR);
  // This operator itself would read beyond a list that is too short.
  CHECK(call("aten::reflection_pad1d", "", {tensor(x), integers({})}, results) == AUR_ERROR);
  CHECK(error().find("padding") != std::string::npos);
  CHECK(call("aten::view", "", {tensor(x), integers({3})}, results) == AUR_ERROR);
  CHECK(error().find("Exception raised from") == std::string::npos);
  CHECK(call("aten::empty", "memory_format", {integers({1LL << 46})}, results) == AUR_OUT_OF_MEMORY);
  aur_tensor_free(x);
}

static void gradients_flow() {
  std::vector<float> a{3};
  auto x = from(a, {1});
  CHECK(aur_tensor_set_requires_grad(x, 1) == AUR_OK);
  auto square = one("aten::mul", "Tensor", {tensor(x), tensor(x)});
  CHECK(aur_backward(square, nullptr, 0) == AUR_OK);
  AurTensor gradient = nullptr;
  CHECK(aur_tensor_grad(x, &gradient) == AUR_OK && data(gradient)[0] == 6);
  auto silent = one("aten::mul", "Tensor", {tensor(x), tensor(x)}, AUR_NO_GRAD);
  CHECK(aur_backward(silent, nullptr, 0) == AUR_ERROR);
  CHECK(aur_tensor_set_grad(x, nullptr) == AUR_OK);
  AurTensor cleared = nullptr;
  CHECK(aur_tensor_grad(x, &cleared) == AUR_OK && cleared == nullptr);
  for (auto t : {x, square, gradient, silent})
    aur_tensor_free(t);
}

static void random_state_repeats() {
  CHECK(aur_manual_seed(7) == AUR_OK);
  AurTensor state = nullptr;
  CHECK(aur_get_random_state(&state) == AUR_OK);
  auto first = one("aten::rand", "", {integers({3})});
  CHECK(aur_set_random_state(state) == AUR_OK);
  auto second = one("aten::rand", "", {integers({3})});
  CHECK(std::memcmp(data(first), data(second), 3 * sizeof(float)) == 0);
  for (auto t : {state, first, second})
    aur_tensor_free(t);
}

// Squares its input and counts how often; from `failing` on it fails.
struct Squaring {
  int calls = 0, again = 0, released = 0, failing = 100;
};

static void *square(void *state, const AurTensor *inputs, int32_t count, int32_t again, AurTensor *output) {
  auto squaring = static_cast<Squaring *>(state);
  squaring->calls++;
  squaring->again += again;
  CHECK(count == 2 && inputs[1] == nullptr);
  if (squaring->calls < squaring->failing)
    *output = one("aten::mul", "Tensor", {tensor(inputs[0]), tensor(inputs[0])});
  aur_tensor_free(inputs[0]);
  return squaring->calls < squaring->failing ? nullptr : state;
}

static void release_squaring(void *state) { static_cast<Squaring *>(state)->released++; }

static void blocks_are_computed_again() {
  auto x = from({3}, {1});
  CHECK(aur_tensor_set_requires_grad(x, 1) == AUR_OK);
  AurTensor inputs[] = {x, nullptr}, output = nullptr, gradient = nullptr;
  Squaring squaring;
  CHECK(aur_checkpoint(square, release_squaring, &squaring, inputs, 2, &output) == AUR_OK && data(output)[0] == 9);
  CHECK(squaring.calls == 1 && squaring.again == 0 && squaring.released == 0);
  CHECK(aur_backward(output, nullptr, 0) == AUR_OK);
  CHECK(squaring.calls == 2 && squaring.again == 1 && squaring.released == 1);
  CHECK(aur_tensor_grad(x, &gradient) == AUR_OK && data(gradient)[0] == 6);
  CHECK(aur_backward(output, nullptr, 0) == AUR_ERROR && error().find("second time") != std::string::npos);
  aur_tensor_free(output);

  // A graph that is dropped releases what it holds.
  Squaring dropped;
  CHECK(aur_checkpoint(square, release_squaring, &dropped, inputs, 2, &output) == AUR_OK && dropped.released == 0);
  aur_tensor_free(output);
  CHECK(dropped.calls == 1 && dropped.released == 1);

  // Failures come back as what the block returned, from either time.
  Squaring first, second;
  first.failing = 1;
  second.failing = 2;
  CHECK(aur_checkpoint(square, release_squaring, &first, inputs, 2, &output) == AUR_CALLBACK_FAILED);
  CHECK(aur_take_failure() == &first && aur_take_failure() == nullptr && first.released == 1);
  CHECK(aur_checkpoint(square, release_squaring, &second, inputs, 2, &output) == AUR_OK);
  CHECK(aur_backward(output, nullptr, 0) == AUR_CALLBACK_FAILED && aur_take_failure() == &second);
  aur_tensor_free(output);
  CHECK(second.released == 1);
  for (auto t : {x, gradient})
    aur_tensor_free(t);
}

static void text_is_cut_to_the_buffer() {
  char small[8];
  CHECK(aur_describe(small, sizeof small) > 8); // the version, and more lines
  CHECK(std::string(small) == "version");
  CHECK(aur_set_threads(2) == AUR_OK && aur_get_threads() == 2);
}

static void large_blocks_are_kept() {
#ifdef __GLIBC__
  CHECK(aur_keep_large_blocks() == 1);
  // Larger than any threshold below which the C library would keep a block by itself.
  const size_t size = 64u << 20;
  const auto page_faults_of_a_block = [size] {
    rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    char *volatile block = static_cast<char *>(std::malloc(size));
    CHECK(block != nullptr);
    std::memset(block, 1, size);
    std::free(block);
    getrusage(RUSAGE_SELF, &after);
    return after.ru_minflt - before.ru_minflt;
  };
  page_faults_of_a_block();
  CHECK(page_faults_of_a_block() < 100); // 16384 pages of 4 KiB if the block had been returned
#else
  CHECK(aur_keep_large_blocks() == 0);
#endif
}

struct Test {
  const char *name;
  void (*run)();
};

static const Test tests[] = {
    {"values_cross", values_cross},
    {"mistakes_are_reported", mistakes_are_reported},
    {"gradients_flow", gradients_flow},
    {"random_state_repeats", random_state_repeats},
    {"blocks_are_computed_again", blocks_are_computed_again},
    {"text_is_cut_to_the_buffer", text_is_cut_to_the_buffer},
    {"large_blocks_are_kept", large_blocks_are_kept},
};

// Runs the named test, or all of them.
int main(int count, char **arguments) {
  int run = 0;
  for (const auto &test : tests) {
    if (count > 1 && std::string(arguments[1]) != test.name)
      continue;
    test.run();
    CHECK(aur_live_tensors() == 0);
    run++;
  }
  std::printf("%d tests, %d checks, %d failures\n", run, checks, failures);
  return run > 0 && failures == 0 ? 0 : 1;
}
