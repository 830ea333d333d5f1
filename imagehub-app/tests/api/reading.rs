//! Pages as somebody reads them: their links and fields, and the forms that are sent.

use reqwest::multipart::Form;
use serde_json::Value;

use crate::world::{TestUser, file, picture};

/// Uploads that many pictures, and returns their ids.
pub async fn upload_some(person: &TestUser<'_>, count: u8) -> Vec<String> {
    let mut form = Form::new();
    for number in 0..count {
        let name = format!("A picture of number {number}.png");
        form = form.part("file", file(&name, picture(number)));
    }
    let answer: Value = person.upload(form).await.json().await.unwrap();
    let images = answer["images"].as_array().unwrap();
    let ids = images.iter().map(|image| image["id"].as_str().unwrap());
    ids.map(str::to_owned).collect()
}

/// A page that is there.
pub async fn text(person: &TestUser<'_>, path: &str) -> String {
    let answer = person.page(path).await;
    assert_eq!(answer.status(), 200, "{path}");
    answer.text().await.unwrap()
}

/// Where the link leads that has these words in it.
pub fn link(page: &str, words: &str) -> String {
    let links = page.split("<a ").skip(1);
    let mut links = links.filter_map(|link| link.split("</a>").next());
    let link = links.find(|link| link.contains(words)).unwrap();
    unescaped(link.split("href=\"").nth(1).unwrap())
}

/// The value of the first field or button of that name.
pub fn value(page: &str, name: &str) -> String {
    let field = page.split(&format!("name=\"{name}\"")).nth(1).unwrap();
    unescaped(field.split("value=\"").nth(1).unwrap())
}

/// The hidden fields of the form that begins so.
pub fn hidden_fields(page: &str, form: &str) -> Vec<(String, String)> {
    let form = page.split(form).nth(1).unwrap();
    let form = form.split("</form>").next().unwrap();
    let fields = form.split("<input type=\"hidden\" name=\"").skip(1);
    fields
        .map(|field| {
            let name = field.split('"').next().unwrap().to_owned();
            (name, unescaped(field.split("value=\"").nth(1).unwrap()))
        })
        .collect()
}

/// An attribute's text, up to its quotation mark; or an element's, up to its end.
pub fn unescaped(text: &str) -> String {
    let text = text.split(['"', '<']).next().unwrap();
    text.replace("&#34;", "\"")
        .replace("&#38;", "&")
        .replace("&amp;", "&")
}

/// The session that an answer begins.
pub fn cookie_of(answer: &reqwest::Response) -> String {
    let cookies = answer.headers().get_all("set-cookie").iter();
    let mut cookies = cookies.map(|cookie| cookie.to_str().unwrap());
    let value = cookies.find_map(|cookie| cookie.strip_prefix("imagehub_session="));
    let value = value.unwrap();
    value.split(';').next().unwrap().to_owned()
}

/// Sends a form, and returns where it leads.
pub async fn sent(person: &TestUser<'_>, path: &str, fields: &[(&str, &str)]) -> String {
    let answer = person.submit(path, fields).send().await.unwrap();
    assert_eq!(answer.status(), 303, "{path}");
    person.keep_notice(&answer);
    answer.headers()["location"].to_str().unwrap().to_owned()
}
