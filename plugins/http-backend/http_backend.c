/* Keys "http:*" live on a web server: a GET is a GET, a SET is a PUT, a DEL is a DELETE.
 *
 *     GET    URL/KEY                               200 and the value, or 404
 *     PUT    URL/KEY, header X-Ttl-Ms              any 2xx
 *     DELETE URL/KEY                               any 2xx, or 404
 *     HEAD   URL/KEY                               200 or 404
 *     GET    URL?cursor=C&count=N&match=PATTERN    200, a line with the next cursor, which is 0 at
 *                                                  the end, and a line for each key
 *
 * URL is the setting `url`. KEY is the whole key, and PATTERN a glob, each with what is no letter,
 * digit, '-', '.', '_' or '~' percent-encoded; so are the keys that a scan answers.
 */
#include "ferrite.h"

#define ANSWER_SIZE (256 * 1024)
#define URL_SIZE 8192

static char text[ANSWER_SIZE], url[URL_SIZE], answer[ANSWER_SIZE], headers[64];
static int url_length, answer_size;

/* ---- URLs ------------------------------------------------------------------------------------ */

static void add(const char *bytes, int length)
{
    if (length > URL_SIZE - url_length)
        length = URL_SIZE - url_length;
    ferrite_copy(url + url_length, bytes, length);
    url_length += length;
}

static int is_plain(char letter)
{
    return (letter >= '0' && letter <= '9') || (letter >= 'A' && letter <= 'Z')
        || (letter >= 'a' && letter <= 'z') || letter == '-' || letter == '.' || letter == '_'
        || letter == '~';
}

/* Append an argument, percent-encoded. */
static void add_argument(int argument)
{
    static const char digits[] = "0123456789ABCDEF";
    int length = ferrite_arg_read(argument, text, sizeof(text)), i;
    if (length > (int)sizeof(text))
        length = sizeof(text); /* and then the URL is too long as well */
    for (i = 0; i < length; i++) {
        char code[3];
        code[0] = '%';
        code[1] = digits[(unsigned char)text[i] >> 4];
        code[2] = digits[text[i] & 15];
        if (is_plain(text[i]))
            add(text + i, 1);
        else
            add(code, 3);
    }
}

/* Begin with the setting; 0 when there is none. */
static int begin_url(void)
{
    url_length = ferrite_config(FERRITE_TEXT("url"), url, sizeof(url));
    return url_length > 0 && url_length < URL_SIZE;
}

static int begin_url_of_key(void)
{
    if (!begin_url())
        return 0;
    add("/", 1);
    add_argument(0);
    return 1;
}

/* ---- Requests -------------------------------------------------------------------------------- */

/* Send a request to `url`; the status of its answer, or 0 when the reply is an error already. */
static int send(const char *method, int method_length, int headers_length, const char *body,
                int body_length)
{
    struct ferrite_value value;
    long long status = 0;
    int handle, at;

    if (url_length >= URL_SIZE) {
        ferrite_reply_error(FERRITE_TEXT("the key is too long for a URL"));
        return 0;
    }
    handle = ferrite_http(method, method_length, url, url_length, headers, headers_length, body,
                          body_length);
    if (handle < 0) {
        ferrite_fail();
        return 0;
    }
    answer_size = ferrite_handle_read(handle, 0, answer, ANSWER_SIZE);
    ferrite_handle_drop(handle);
    if (answer_size > ANSWER_SIZE) {
        ferrite_reply_error(FERRITE_TEXT("the answer has more than 262144 bytes"));
        return 0;
    }
    at = ferrite_value_of(answer, answer_size, FERRITE_TEXT("status"));
    if (at >= 0 && ferrite_value_at(answer, answer_size, at, &value) >= 0)
        ferrite_parse_i64(value.text, value.length, &status);
    return (int)status;
}

static int is_success(int status) { return status >= 200 && status <= 299; }

/* The error for a status that means neither yes nor no; none when there is one already. */
static int fail(int status)
{
    char message[40] = "the web server has answered ";
    if (!status)
        return 0;
    return ferrite_reply_error(message, 28 + ferrite_format_i64(status, message + 28));
}

static int no_url(void) { return ferrite_reply_error(FERRITE_TEXT("the setting url is missing")); }

/* The body of the answer; an empty one when it has none. */
static void find_body(struct ferrite_value *body)
{
    int at = ferrite_value_of(answer, answer_size, FERRITE_TEXT("body"));
    if (at < 0 || ferrite_value_at(answer, answer_size, at, body) < 0)
        body->length = 0;
}

/* ---- What the server asks of a storage backend ----------------------------------------------- */

FERRITE_EXPORT(http_get)
int http_get(void)
{
    struct ferrite_value body;
    int status;

    if (!begin_url_of_key())
        return no_url();
    status = send("GET", 3, 0, 0, 0);
    if (status == 404)
        return ferrite_reply_null();
    if (!is_success(status))
        return fail(status);
    find_body(&body);
    return ferrite_reply_bulk(body.text, body.length);
}

/* Arguments: the key, the value, and the milliseconds it has, 0 for ever. */
FERRITE_EXPORT(http_set)
int http_set(void)
{
    static const char name[] = "X-Ttl-Ms: ";
    int length, ttl_length, status;

    if (!begin_url_of_key())
        return no_url();
    length = ferrite_arg_read(1, text, sizeof(text));
    if (length > (int)sizeof(text))
        return ferrite_reply_error(FERRITE_TEXT("the value has more than 262144 bytes"));
    ferrite_copy(headers, name, sizeof(name) - 1);
    ttl_length = ferrite_arg_read(2, headers + sizeof(name) - 1, 20);
    status = send("PUT", 3, (int)sizeof(name) - 1 + ttl_length, text, length);
    return is_success(status) ? ferrite_reply_ok() : fail(status);
}

FERRITE_EXPORT(http_delete)
int http_delete(void)
{
    int status;

    if (!begin_url_of_key())
        return no_url();
    status = send("DELETE", 6, 0, 0, 0);
    if (status == 404)
        return ferrite_reply_int(0);
    return is_success(status) ? ferrite_reply_int(1) : fail(status);
}

FERRITE_EXPORT(http_exists)
int http_exists(void)
{
    int status;

    if (!begin_url_of_key())
        return no_url();
    status = send("HEAD", 4, 0, 0, 0);
    if (status == 404)
        return ferrite_reply_int(0);
    return is_success(status) ? ferrite_reply_int(1) : fail(status);
}

static int hexadecimal(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : 0;
}

/* Decode a line in place; its length then. */
static int decode(char *line, int length)
{
    int from, to = 0;
    for (from = 0; from < length; from++)
        if (line[from] == '%' && from + 2 < length) {
            line[to++] = (char)(hexadecimal(line[from + 1]) * 16 + hexadecimal(line[from + 2]));
            from += 2;
        } else {
            line[to++] = line[from];
        }
    return to;
}

/* Where the line that begins at `at` ends. */
static int end_of_line(const char *lines, int at, int length)
{
    while (at < length && lines[at] != '\n')
        at++;
    return at;
}

/* Arguments: the cursor, a pattern, and how many keys are wanted. */
FERRITE_EXPORT(http_scan)
int http_scan(void)
{
    struct ferrite_value body;
    long long cursor = 0;
    int status, at, end, count = 0;
    char *lines;

    if (!begin_url())
        return no_url();
    add(FERRITE_TEXT("?cursor="));
    add_argument(0);
    add(FERRITE_TEXT("&match="));
    add_argument(1);
    add(FERRITE_TEXT("&count="));
    add_argument(2);
    status = send("GET", 3, 0, 0, 0);
    if (!is_success(status))
        return fail(status);
    find_body(&body);
    lines = (char *)body.text;
    end = end_of_line(lines, 0, body.length);
    if (!ferrite_parse_i64(lines, end, &cursor))
        return ferrite_reply_error(FERRITE_TEXT("the web server's scan has no cursor"));

    for (at = end + 1; at < body.length; at = end_of_line(lines, at, body.length) + 1)
        count++;
    ferrite_reply_array(2);
    ferrite_reply_int(cursor);
    ferrite_reply_array(count);
    for (at = end + 1; at < body.length; at = end + 1) {
        end = end_of_line(lines, at, body.length);
        ferrite_reply_bulk(lines + at, decode(lines + at, end - at));
    }
    return 0;
}
