# Tells the station of phones on Windows, through the shell, as the file manager sees them. Asked and answering
# in lines of JSON on standard input and output, one question at a time:
#   {"id":1,"ask":"phones"}                              value: [{item,name,path}]
#   {"id":2,"ask":"list","item":1}                       part: {item,name,isFolder,bytes,modifiedMs} for each, value: how many
#   {"id":3,"ask":"find","item":5}                       value: {bytes,modifiedMs}, asked of the phone anew
#   {"id":4,"ask":"copy","item":5,"to":"C:\…","bytes":9} part: {copied,writing} twice a second, value: the bytes
# or {"id":…,"failed":"gone" | "not-readable" | "disk-full" | "blind"}.
# Nothing is ever written to a phone. The station ends this program when it hangs: a copy that the shell has begun
# cannot be stopped otherwise.
$ErrorActionPreference = 'Stop'
$utf8 = New-Object System.Text.UTF8Encoding($false)
[Console]::OutputEncoding = $utf8
$questions = New-Object System.IO.StreamReader([Console]::OpenStandardInput(), $utf8)
$answers = New-Object System.IO.StreamWriter([Console]::OpenStandardOutput(), $utf8)
$answers.AutoFlush = $true

# Shell.Application, ShellSpecialFolderConstants: "This PC", whatever it is called in this language.
$drives = 17
# No progress window, yes to all, no question for folders, no window for errors.
$quietly = 4 + 16 + 512 + 1024
$items = @{}
$numbers = @{}

function Say($line) { $answers.WriteLine((ConvertTo-Json -InputObject $line -Compress -Depth 4)) }

# The same number for the same thing, for as long as this program runs.
function Number($entry, $parent) {
  $path = [string]$entry.Path
  if (-not $numbers.ContainsKey($path)) { $numbers[$path] = $numbers.Count + 1 }
  $number = $numbers[$path]
  $items[$number] = @{ Entry = $entry; Parent = $parent; Path = $path }
  return $number
}

function Item($number) {
  $known = $items[[int]$number]
  if ($null -eq $known) { throw 'gone' }
  return $known
}

# The name with its ending: .Name leaves out endings that Windows is set to hide.
function NameOf($entry) {
  $name = $entry.ExtendedProperty('System.FileName')
  if ([string]::IsNullOrEmpty($name)) { $name = $entry.Name }
  return [string]$name
}

function FactsOf($entry) {
  $size = $entry.ExtendedProperty('System.Size')
  $time = $entry.ExtendedProperty('System.DateModified')
  $bytes = [int64]0
  if ($null -ne $size) { $bytes = [int64]$size }
  $modified = [int64]0
  if ($time -is [DateTime]) {
    # Properties of the shell are in universal time.
    $modified = [int64](([DateTime]::SpecifyKind($time, 'Utc')) - ([DateTime]'1970-01-01')).TotalMilliseconds
  }
  return @{ bytes = $bytes; modifiedMs = $modified }
}

function Phones() {
  $found = @()
  foreach ($entry in $shell.NameSpace($drives).Items()) {
    # Sticks and disks are part of the file system; a phone is not, and its path names the USB device.
    if (-not $entry.IsFolder -or $entry.IsFileSystem) { continue }
    if ([string]$entry.Path -notmatch '\\\\\?\\(usb|wpdbusenumroot)#') { continue }
    $found += @{ item = (Number $entry $null); name = [string]$entry.Name; path = [string]$entry.Path }
  }
  return , $found
}

function List($id, $number) {
  $count = 0
  $folder = (Item $number).Entry.GetFolder
  if ($null -eq $folder) { throw 'gone' }
  foreach ($entry in $folder.Items()) {
    $facts = FactsOf $entry
    $part = @{
      item = (Number $entry $folder); name = (NameOf $entry); isFolder = [bool]$entry.IsFolder
      bytes = $facts.bytes; modifiedMs = $facts.modifiedMs
    }
    Say @{ id = $id; part = $part }
    $count += 1
  }
  return $count
}

# Looked for anew in its folder: what the shell told once it remembers.
function Find($number) {
  $known = Item $number
  if ($null -eq $known.Parent) { throw 'gone' }
  foreach ($entry in $known.Parent.Items()) {
    if ([string]$entry.Path -eq $known.Path) {
      $known.Entry = $entry
      return FactsOf $entry
    }
  }
  throw 'gone'
}

# Whether nobody has it open any more: the shell writes for as long as it has not let go of it.
function IsClosed($path) {
  try {
    [IO.File]::Open($path, 'Open', 'Read', 'None').Dispose()
    return $true
  } catch {
    return $false
  }
}

function Copy-Out($id, $number, $to, $bytes) {
  [void](Find $number)
  $target = $shell.NameSpace([string]$to)
  if ($null -eq $target) { throw 'disk-full' }
  # Comes back at once, tells nothing of how it goes, and never that it failed.
  $target.CopyHere((Item $number).Entry, $quietly)
  while ($true) {
    Start-Sleep -Milliseconds 500
    $file = Get-ChildItem -LiteralPath $to -File -Force | Select-Object -First 1
    $copied = [int64]0
    $closed = $false
    if ($null -ne $file) {
      $copied = [int64]$file.Length
      $closed = IsClosed $file.FullName
    }
    if ($closed -and $copied -eq [int64]$bytes) { return $copied }
    Say @{ id = $id; part = @{ copied = $copied; writing = ($null -ne $file -and -not $closed) } }
  }
}

try {
  $shell = New-Object -ComObject Shell.Application
} catch {
  # COM is switched off by a policy of this computer.
  $shell = $null
}

while ($null -ne ($line = $questions.ReadLine())) {
  if ($line.Trim() -eq '') { continue }
  $id = $null
  try {
    $question = ConvertFrom-Json $line
    $id = $question.id
    if ($null -eq $shell) { throw 'blind' }
    $value = $null
    switch ($question.ask) {
      'phones' { $value = Phones }
      'list' { $value = List $id $question.item }
      'find' { $value = Find $question.item }
      'copy' { $value = Copy-Out $id $question.item $question.to $question.bytes }
      default { throw 'not-readable' }
    }
    Say @{ id = $id; value = $value }
  } catch {
    $why = [string]$_.Exception.Message
    if (@('gone', 'blind', 'disk-full') -notcontains $why) { $why = 'not-readable' }
    Say @{ id = $id; failed = $why }
  }
}
