/* Structured arguments: JSON text, read by the engine's own parser; a field is what it should be or it is not there. */
#include <stdlib.h>
#include <string.h>

#include "host.h"

Args args_parse(JSValueConst a)
{
    size_t len;
    const char *text = JS_IsString(a) ? JS_ToCStringLen(mc_ctx, &len, a) : NULL;
    if (text == NULL) return JS_UNDEFINED;
    JSValue v = JS_ParseJSON(mc_ctx, text, len, "argument");
    JS_FreeCString(mc_ctx, text);
    if (JS_IsObject(v)) return v;
    if (JS_IsException(v)) JS_FreeValue(mc_ctx, JS_GetException(mc_ctx));
    JS_FreeValue(mc_ctx, v);
    return JS_UNDEFINED;
}

Args args_of(Args a, const char *name)
{
    return JS_IsObject(a) ? JS_GetPropertyStr(mc_ctx, a, name) : JS_UNDEFINED;
}

void args_free(Args a)
{
    JS_FreeValue(mc_ctx, a);
}

int args_int(Args a, const char *name, int64_t min, int64_t max, int64_t *out)
{
    JSValue v = args_of(a, name);
    double n = 0;
    int found = JS_IsUndefined(v) ? 0 : -1;
    if (JS_IsNumber(v) && JS_ToFloat64(mc_ctx, &n, v) == 0 && n >= (double)min && n <= (double)max && n == (double)(int64_t)n) {
        *out = (int64_t)n;
        found = 1;
    }
    JS_FreeValue(mc_ctx, v);
    return found;
}

char *args_text(Args a, const char *name, size_t *len)
{
    JSValue v = args_of(a, name);
    size_t n;
    char *copy = NULL;
    const char *text = JS_IsString(v) ? JS_ToCStringLen(mc_ctx, &n, v) : NULL;
    if (text != NULL && (copy = malloc(n + 1)) != NULL) {
        memcpy(copy, text, n + 1);
        *len = n;
    }
    JS_FreeCString(mc_ctx, text);
    JS_FreeValue(mc_ctx, v);
    return copy;
}

int args_flag(Args a, const char *name, int otherwise)
{
    JSValue v = args_of(a, name);
    int flag = JS_IsBool(v) ? JS_ToBool(mc_ctx, v) : otherwise;
    JS_FreeValue(mc_ctx, v);
    return flag;
}
