// Reads numbers from a JSON file, sorts them, writes a report, lists the folder, looks at the clock.
use std::fs::{self, OpenOptions};
use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};
use std::time::{Duration, Instant, SystemTime};

/// The numbers of the array under a key.
fn numbers_of(text: &str, key: &str) -> Vec<f64> {
    let start = text.find(key).and_then(|at| text[at..].find('[').map(|next| at + next + 1));
    let start = match start {
        Some(at) => at,
        None => return Vec::new(),
    };
    let end = text[start..].find(']').map_or(text.len(), |at| start + at);
    text[start..end].split(',').filter_map(|word| word.trim().parse().ok()).collect()
}

fn list(path: &str) -> io::Result<()> {
    let mut rows = Vec::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let known = entry.metadata()?;
        let size = if known.is_file() { known.len() } else { 0 };
        rows.push(format!("  {:?} {} {}", entry.file_name(), known.is_dir(), size));
    }
    rows.sort();
    println!("{}\n{}", path, rows.join("\n"));
    Ok(())
}

fn run() -> io::Result<usize> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    println!("{:?} {:?}", words, std::env::var("HOME"));
    let text = fs::read_to_string("/data/input.json")?;
    let mut numbers = numbers_of(&text, "\"numbers\"");
    numbers.sort_by(|a, b| a.partial_cmp(b).unwrap());
    let sum: f64 = numbers.iter().map(|number| number.abs().sqrt()).sum();
    println!("{:?} {:?} {:?}", numbers, sum, sum.sin());

    fs::create_dir("/data/out")?;
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .open("/data/out/report.txt")?;
    write!(file, "{} numbers\nsum {:.3}\n", numbers.len(), sum)?;
    file.seek(SeekFrom::Start(2))?;
    let mut back = String::new();
    file.read_to_string(&mut back)?;
    println!("{:?} {:?}", back, file.metadata()?.len());
    file.set_len(5)?;
    drop(file);
    fs::rename("/data/out/report.txt", "/data/out/final.txt")?;
    fs::copy("/data/out/final.txt", "/data/out/copy.txt")?;
    println!("{:?}", fs::read("/data/out/copy.txt")?);
    println!("{:?}", fs::read("/data/out/report.txt").map_err(|error| error.kind()));
    println!("{}", fs::read("/data/../../etc/passwd").is_err());
    fs::remove_file("/data/remove.me")?;
    println!("{}", fs::remove_dir("/data/out").is_err());
    list("/data")?;
    list("/data/out")?;

    let start = Instant::now();
    std::thread::sleep(Duration::from_millis(2));
    let year = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs() > 1_600_000_000;
    println!("{} {}", start.elapsed() >= Duration::from_millis(2), year);
    for line in io::stdin().lock().lines() {
        println!("read {}", line?);
    }
    eprintln!("done");
    Ok(numbers.len())
}

fn main() {
    match run() {
        Ok(count) => std::process::exit(count as i32),
        Err(error) => {
            println!("{}", error);
            std::process::exit(3)
        }
    }
}
