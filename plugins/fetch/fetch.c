/* What is at a URL, as a reply or at a key. The hosts it may ask are those of the manifest, or of
 * the operator's grant. */
#include "ferrite.h"

#define ANSWER_SIZE (256 * 1024)

static char key[1024], url[4096], answer[ANSWER_SIZE];
static const char *body;
static int body_length;

/* GET a URL into `body`; 1, or 0 when the reply is an error already. */
static int fetch(int argument)
{
    static const char headers[] = "Accept: */*\r\nUser-Agent: ferrite-fetch/1.0";
    struct ferrite_value value;
    long long status = 0;
    int length = ferrite_arg_read(argument, url, sizeof(url)), handle, size, at;

    if (length > (int)sizeof(url)) {
        ferrite_reply_error(FERRITE_TEXT("the URL is too long"));
        return 0;
    }
    handle = ferrite_http("GET", 3, url, length, FERRITE_TEXT(headers), 0, 0);
    if (handle < 0) {
        ferrite_fail();
        return 0;
    }
    size = ferrite_handle_read(handle, 0, answer, ANSWER_SIZE);
    ferrite_handle_drop(handle);
    if (size > ANSWER_SIZE) {
        ferrite_reply_error(FERRITE_TEXT("the answer has more than 262144 bytes"));
        return 0;
    }
    at = ferrite_value_of(answer, size, FERRITE_TEXT("status"));
    if (at >= 0 && ferrite_value_at(answer, size, at, &value) >= 0)
        ferrite_parse_i64(value.text, value.length, &status);
    if (status < 200 || status > 299) {
        char text[40] = "the server has answered ";
        ferrite_reply_error(text, 24 + ferrite_format_i64(status, text + 24));
        return 0;
    }
    at = ferrite_value_of(answer, size, FERRITE_TEXT("body"));
    if (at < 0 || ferrite_value_at(answer, size, at, &value) < 0) {
        ferrite_reply_error(FERRITE_TEXT("the answer has no body"));
        return 0;
    }
    body = value.text;
    body_length = value.length;
    return 1;
}

/* FETCH.URL url: the body of the answer */
FERRITE_COMMAND(fetch_url)
{
    if (!fetch(0))
        return 0;
    return ferrite_reply_bulk(body, body_length);
}

/* FETCH.STORE key url [ttl_ms]: keep the body at a key, for a time; its length */
FERRITE_COMMAND(fetch_store)
{
    long long ttl = 0;
    int key_length = ferrite_arg_read(0, key, sizeof(key)), result;

    if (key_length > (int)sizeof(key))
        return ferrite_reply_error(FERRITE_TEXT("the key is too long"));
    if (ferrite_arg_count() > 2 && (ferrite_arg_i64(2, &ttl) < 0 || ttl < 1))
        return ferrite_reply_error(FERRITE_TEXT("invalid expire time in 'fetch.store' command"));
    if (!fetch(1)) /* before the first write: keys stand still while it waits */
        return 0;
    if (ttl)
        result = ferrite_set_ex(key, key_length, body, body_length, ttl);
    else
        result = ferrite_set(key, key_length, body, body_length);
    return result < 0 ? ferrite_fail() : ferrite_reply_int(body_length);
}
