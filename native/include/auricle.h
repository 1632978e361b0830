// The C interface between Auricle's managed code and libtorch. It knows tensors, operators, autograd and random
// states; it knows no model. Every function returns 0 on success, another AurStatus otherwise, and then leaves one
// sentence without a backtrace that aur_last_error copies out (per thread).
#pragma once

#include <cstdint>

#if defined(__GNUC__)
#define AUR_API extern "C" __attribute__((visibility("default")))
#else
#define AUR_API extern "C"
#endif

// A tensor handle is a counted reference to a TensorImpl, so passing one costs no allocation.
typedef void *AurTensor;
typedef void *AurOperator;

typedef enum {
  AUR_OK = 0,
  AUR_ERROR = 1,
  AUR_OUT_OF_MEMORY = 2,
  AUR_NO_SUCH_OPERATOR = 3,
  AUR_CALLBACK_FAILED = 4, // aur_take_failure has what it returned
} AurStatus;

// What an AurValue's payload is.
typedef enum {
  AUR_NONE = 0,
  AUR_TENSOR = 1,               // handle
  AUR_INT = 2,                  // the integer itself; also ScalarType, Layout and MemoryFormat
  AUR_DOUBLE = 3,               // the bits of a double
  AUR_BOOL = 4,                 // 0 or 1
  AUR_INT_LIST = 5,             // const int64_t*, count
  AUR_DOUBLE_LIST = 6,          // const double*, count
  AUR_TENSOR_LIST = 7,          // const AurTensor*, count
  AUR_OPTIONAL_TENSOR_LIST = 8, // const AurTensor* with nulls, count
  AUR_STRING = 9,               // const char* (UTF-8), count bytes
  AUR_DEVICE = 10,              // device type; count is the index
  AUR_BOOL_LIST = 11,           // const uint8_t*, count
} AurKind;

typedef struct {
  int32_t kind;
  int32_t count;
  int64_t payload;
} AurValue;

// Flags of one call.
enum { AUR_NO_GRAD = 1 };

// Text results are copied into the caller's buffer, cut at its capacity and always closed by a zero byte. The return
// value of these functions is the whole length without that zero, so that a caller can come back with more room.
AUR_API int32_t aur_last_error(char *buffer, int32_t capacity);
AUR_API int32_t aur_describe(char *buffer, int32_t capacity);

AUR_API int32_t aur_operator_find(const char *name, const char *overload, AurOperator *result);
// Calls an operator. Arguments may be fewer than the schema declares: the rest take their defaults. A result list of
// tensors is one AUR_TENSOR_LIST whose array the caller frees with aur_free.
AUR_API int32_t aur_call(AurOperator op, const AurValue *arguments, int32_t count, uint32_t flags, AurValue *results,
                         int32_t capacity, int32_t *result_count);
AUR_API void aur_free(void *memory);

AUR_API void aur_tensor_free(AurTensor tensor);
// Sizes and strides are written up to capacity entries each; dimensions is always the true number.
AUR_API int32_t aur_tensor_describe(AurTensor tensor, int32_t *scalar_type, int32_t *device_type, int32_t *device_index,
                                    int32_t *dimensions, int64_t *sizes, int64_t *strides, int32_t capacity,
                                    int32_t *requires_grad);
AUR_API int32_t aur_tensor_data(AurTensor tensor, void **data);

AUR_API int32_t aur_tensor_set_requires_grad(AurTensor tensor, int32_t value);
AUR_API int32_t aur_tensor_grad(AurTensor tensor, AurTensor *result);  // null where there is none
AUR_API int32_t aur_tensor_set_grad(AurTensor tensor, AurTensor grad); // null clears it
AUR_API int32_t aur_backward(AurTensor tensor, AurTensor gradient, int32_t retain_graph);

// Computes a block. The inputs, null where they were, belong to it from now on, as does the output to the caller.
// `again` is not 0 where that happens a second time. Returns null, or whatever tells what went wrong.
typedef void *(*AurBlock)(void *state, const AurTensor *inputs, int32_t count, int32_t again, AurTensor *output);
typedef void (*AurRelease)(void *state);
// Computes a block now, and again when gradients flow back through its output, so that nothing between its inputs and
// its output is kept until then. Random numbers repeat. It may use leaves beside its inputs, whose gradients add up as
// ever, but nothing else that has a graph. Both functions are called on whatever thread libtorch works on; `state` is
// released when nothing can be computed again any more, and where this function fails.
AUR_API int32_t aur_checkpoint(AurBlock block, AurRelease release, void *state, const AurTensor *inputs, int32_t count,
                               AurTensor *output);
// What a block returned in place of null, after AUR_CALLBACK_FAILED on this thread; it is told once.
AUR_API void *aur_take_failure(void);

AUR_API int64_t aur_live_tensors(void);
// Tells the C allocator to keep freed blocks of any size instead of returning them to the system, since fetching pages
// anew for each large result costs more than many operators. Returns 1 where that took effect, 0 where the C library
// has no such settings. Threads that allocated before the call may keep an arena of their own, which it does not reach:
// call it early, or start the process with MALLOC_ARENA_MAX=1.
AUR_API int32_t aur_keep_large_blocks(void);
AUR_API int32_t aur_set_threads(int32_t count);
AUR_API int32_t aur_get_threads(void);
AUR_API int32_t aur_manual_seed(uint64_t seed);
// The state of the default CPU generator, as an opaque byte tensor.
AUR_API int32_t aur_get_random_state(AurTensor *result);
AUR_API int32_t aur_set_random_state(AurTensor state);
